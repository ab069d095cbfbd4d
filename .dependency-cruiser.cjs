'use strict';

// One rule per room of style.md, section 2. A room is a folder of src/; its doors are the files
// that other rooms may import; `from` are the rooms that may. Rooms that are not built yet have
// their rule already, so that their first import is checked.

/** @type {Record<string, { doors: string[], from: string[] }>} */
const rooms = {
  contract: { doors: ['.*'], from: ['.*'] },
  errors: {
    doors: [
      'errors',
      'provision-errors',
      'worker-errors',
      'python-error',
      'python-errors',
      'from-python',
      'match',
      'rules',
      'stack',
    ],
    from: ['.*'],
  },
  events: { doors: ['events'], from: ['.*'] },
  native: {
    doors: [
      'load',
      'binding',
      'tensor-binding',
      'arrow-binding',
      'js-binding',
      'process-binding',
      'channel-binding',
      'shared-memory',
      'async-binding',
      'status-page',
      'bridge',
      'transfer-guard',
      'platform',
      'sandbox-support',
    ],
    from: [
      ...['in-process', 'tensor', 'arrow', 'wire', 'pool', 'threads', 'remote', 'runtime', 'ray'],
      'cli',
    ],
  },
  tensor: {
    doors: [
      'make',
      'copies',
      'install',
      'transfer',
      'native-tensor',
      'record',
      'scratch',
      'shared',
      'torch-kind',
    ],
    from: ['in-process', 'arrow', 'runtime', 'pool', 'threads'],
  },
  'in-process': {
    doors: ['in-process-executor', 'open', 'live'],
    from: ['runtime', 'inline', 'testing'],
  },
  arrow: { doors: ['arrow'], from: ['in-process'] },
  remote: { doors: ['face'], from: ['pool', 'ray', 'runtime'] },
  wire: {
    doors: ['connection', 'message', 'outcome'],
    from: ['pool', 'threads', 'ray', 'session'],
  },
  pool: { doors: ['pool-executor', 'sandbox'], from: ['runtime', 'cli'] },
  threads: { doors: ['thread-executor'], from: ['runtime'] },
  ray: { doors: ['ray-executor'], from: ['runtime', 'entries'] },
  runtime: {
    doors: ['create-runtime', 'isolated', 'lazy-python', 'operators', 'snakepit', 'sync'],
    from: ['inline', 'helpers', 'gateway', 'cli'],
  },
  inline: { doors: ['template', 'call-site'], from: ['runtime', 'in-process', 'remote', 'pool'] },
  helpers: {
    doors: ['helpers', 'discover', 'dependencies'],
    from: ['runtime', 'pool', 'cli', 'generate', 'provision'],
  },
  gateway: { doors: ['grpc-server'], from: ['cli'] },
  generate: { doors: ['generate'], from: ['cli'] },
  testing: { doors: ['testing'], from: [] },
  provision: {
    doors: ['provision', 'locate', 'make-lock', 'verify', 'edit-project', 'doctor'],
    from: ['cli', 'in-process', 'pool', 'runtime'],
  },
  cli: { doors: [], from: [] },
};

/** Rooms that another room may not see at all, whichever door it knocks at. */
const ground = ['contract', 'errors'];

const closedDoors = Object.entries(rooms)
  .filter(([, { doors }]) => doors[0] !== '.*')
  .map(([room, { doors }]) => ({
    name: `${room}-doors`,
    comment: `Other rooms enter ${room} by its doors only: ${doors.join(', ') || 'it has none'}.`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${room}/` },
    to: {
      path: `^src/${room}/`,
      ...(doors.length > 0 ? { pathNot: `^src/${room}/(${doors.join('|')})\\.ts$` } : {}),
    },
  }));

const arrows = Object.entries(rooms)
  .filter(([, { from }]) => from[0] !== '.*')
  .map(([room, { from }]) => ({
    name: `${room}-arrows`,
    comment: `${room} is used by ${from.join(', ') || 'nobody'} (and by package entries) only.`,
    severity: 'error',
    // src/index.ts and the other entries stand outside of every room.
    from: { path: '^src/[^/]+/', pathNot: `^src/(${[room, ...from].join('|')})/` },
    to: { path: `^src/${room}/` },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...closedDoors,
    ...arrows,
    {
      name: 'ground-imports-nothing-above',
      comment: 'contract and errors are the ground. contract does not even know errors.',
      severity: 'error',
      from: { path: `^src/(${ground.join('|')})/` },
      to: { path: '^src/', pathNot: `^src/(${ground.join('|')})/` },
    },
    {
      name: 'contract-knows-no-errors-classes',
      comment: 'contract imports nothing of this repository but itself and the error classes.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^src/errors/', pathNot: '^src/errors/errors\\.ts$' },
    },
    {
      name: 'only-load-opens-an-addon',
      comment: 'src/native/load.ts checks the Node-API level first: a wrong one kills the process.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/native/load\\.ts$' },
      to: { path: '(\\.node$|node-gyp-build)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-tests-in-the-library',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|examples)/' },
    },
    {
      name: 'run-time-dependencies-only',
      comment: 'What src imports must be installed for the user of the package too.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|build|node_modules|fixtures)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
