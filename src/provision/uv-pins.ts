/**
 * The uv that snakepit runs, pinned by the bytes of its wheels. Another uv version means another
 * row set: `pip download uv==<v> --no-deps --only-binary :all: --platform <tag>` for each tag,
 * then the SHA-256 of the wheel and of the `uv` inside it.
 */

/** One platform's wheel of the pinned uv. */
export interface UvPin {
  /** File name in the package index. */
  readonly wheel: string;
  /** SHA-256 of the wheel, compared before it is opened. */
  readonly wheelSha256: string;
  /** SHA-256 of the executable inside, compared before each run from the project's folder. */
  readonly binarySha256: string;
}

export const UV_VERSION = '0.13.8';

/** The oldest uv that is accepted from PATH or SNAKEPIT_UV (the options used are all there). */
export const UV_MINIMUM = '0.9.0';

/** The executable's name inside each wheel. */
export const UV_WHEEL_ENTRY: string = `uv-${UV_VERSION}.data/scripts/uv`;

const TAG = `uv-${UV_VERSION}-py3-none`;

/** By `<process.platform>-<process.arch>[-musl]`. The arm64 Linux wheel serves glibc and musl. */
export const UV_PINS: Readonly<Record<string, UvPin>> = {
  'linux-x64': {
    wheel: `${TAG}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
    wheelSha256: 'e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984',
    binarySha256: '4a7607589912d9c20e86b860b032f7c7f2913c9a3e76f46aef136885387452b8',
  },
  'linux-x64-musl': {
    wheel: `${TAG}-musllinux_1_1_x86_64.whl`,
    wheelSha256: '29451c60f5e8b07403e0a175d5229efc36b0289b34143ff4aaa499a5dd52553a',
    binarySha256: 'a880db7f5f6745b5ec80aa6ccafdce06ddab1434013b55c62bb2fded1e2f9cb5',
  },
  'linux-arm64': {
    wheel: `${TAG}-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl`,
    wheelSha256: '0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d',
    binarySha256: '5aa4427bd923cfdca2d56a3577f60d8fa7825aa3b496fef975dfd6f03db57d28',
  },
  'darwin-x64': {
    wheel: `${TAG}-macosx_10_12_x86_64.whl`,
    wheelSha256: 'b7124ca1956ec2e476a1003ea5715a15f0266afaec37f4dc9c6972ba8183e6d1',
    binarySha256: 'afdbf4b93ab474668f8ad99da2fb7fb6562c020a4bbd860e9b1909181498b1b6',
  },
  'darwin-arm64': {
    wheel: `${TAG}-macosx_11_0_arm64.whl`,
    wheelSha256: '62b6943c7fd64fac6854f780bea6e0359e5a5bc3241f83ee357bb38276afac49',
    binarySha256: 'f98066c132dc37b83a8861f9b538d732b5aad41d3b3a69e47abf27cdaef842a9',
  },
};
