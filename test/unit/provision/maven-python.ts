import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { onPath } from '../../../src/provision/search-path.ts';
import { temporary } from './support.ts';

/** A relocatable CPython that a registry has: Maven Central's org.bytedeco:cpython. */
export const MAVEN_VERSION = '3.13.5';
const RELEASE = `${MAVEN_VERSION}-1.5.12`;
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

type Classifier = 'linux-x86_64' | 'macosx-x86_64';

/** Maven's client, or the jar that it fetched before; undefined where there is neither. */
export function mavenJar(classifier: Classifier): string | undefined {
  const folder = join(homedir(), '.m2/repository/org/bytedeco/cpython', RELEASE);
  const jar = join(folder, `cpython-${RELEASE}-${classifier}.jar`);
  if (existsSync(jar)) return jar;
  if (onPath('mvn', process.env).length === 0) return undefined;
  const artifact = `org.bytedeco:cpython:${RELEASE}:jar:${classifier}`;
  const args = ['-q', '-B', `${PLUGIN}:get`, `-Dartifact=${artifact}`, '-Dtransitive=false'];
  try {
    execFileSync('mvn', args, { stdio: 'ignore', timeout: 180_000 });
  } catch {
    return undefined; // no registry from here: the test says that it is skipped
  }
  return existsSync(jar) ? jar : undefined;
}

/** Packs the jar's interpreter as the archives are laid out that uv downloads. */
export function mavenArchive(jar: string, classifier: Classifier, python: string): string {
  const folder = temporary();
  const unpacked = join(folder, 'jar');
  execFileSync(python, ['-I', '-m', 'zipfile', '-e', jar, unpacked]);
  const from = join(unpacked, 'org/bytedeco/cpython', classifier);
  const tree = join(folder, 'python');
  const short = MAVEN_VERSION.split('.').slice(0, 2).join('.');
  mkdirSync(join(tree, 'bin'), { recursive: true });
  const program = join(tree, 'bin', `python${short}`);
  cpSync(join(from, 'bin', `python${short}`), program);
  chmodSync(program, 0o755);
  for (const name of ['python3', 'python']) symlinkSync(`python${short}`, join(tree, 'bin', name));
  const bulky = /\/(test|idlelib|tkinter|turtledemo|ensurepip|site-packages|config-[^/]+)$/;
  cpSync(join(from, 'lib', `python${short}`), join(tree, 'lib', `python${short}`), {
    recursive: true,
    filter: (path) => !bulky.test(path),
  });
  mkdirSync(join(tree, 'lib', `python${short}`, 'site-packages'));
  // In the jar its libraries lie beside the folders; the executable looks in ../lib too.
  for (const name of readdirSync(from).filter((file) => /^lib(python|ffi)/.test(file))) {
    cpSync(join(from, name), join(tree, 'lib', name));
  }
  const archive = join(folder, `cpython-${MAVEN_VERSION}-${classifier}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', folder, 'python']);
  return archive;
}
