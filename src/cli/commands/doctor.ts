import { addonPath, loadBinding } from '../../native/load.ts';
import { sandboxSupport } from '../../native/sandbox-support.ts';
import { levelOf } from '../../pool/sandbox.ts';
import { examineProject, type Finding } from '../../provision/doctor.ts';
import { readArguments } from './arguments.ts';

const SIGNS = { ok: 'ok', note: '--', wrong: '!!' } as const;

/** `snakepit doctor [--project DIR]`: 1 where something is wrong. */
export function runDoctor(args: readonly string[]): Promise<number> {
  const { project } = readArguments(args, []);
  const findings = [addon(), ...sandboxes(), ...examineProject(project.project, process.env)];
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, state, text } of findings) {
    console.log(`${SIGNS[state]}  ${what.padEnd(width)}  ${text}`);
  }
  return Promise.resolve(findings.some(({ state }) => state === 'wrong') ? 1 : 0);
}

function addon(): Finding {
  try {
    loadBinding();
    return { what: 'addon', state: 'ok', text: addonPath() };
  } catch (error) {
    return { what: 'addon', state: 'wrong', text: (error as Error).message };
  }
}

/** What this kernel gives for keeping workers in. */
function sandboxes(): readonly Finding[] {
  try {
    const support = sandboxSupport();
    return (['default', 'strict'] as const).map((profile) => {
      const { layers, missing } = levelOf(profile, support);
      const what = `sandbox ${profile}`;
      if (missing.length > 0) return { what, state: 'note', text: `without ${missing.join(', ')}` };
      const text = layers.join(', ').replace('landlock', `landlock ${String(support.landlock)}`);
      return { what, state: 'ok', text };
    });
  } catch {
    // Without the addon nobody can ask; that is said already.
    return [];
  }
}
