const OUT_OF_MEMORY = 'torch.OutOfMemoryError';

/**
 * Messages as the libraries write them, by the type they come with, and what they say. null: nothing.
 * size-exempt: table
 */
export const MESSAGES: readonly (readonly [type: string, message: string, says: object | null])[] =
  [
    // NumPy 2.4
    [
      'ValueError',
      'operands could not be broadcast together with shapes (3,) (4,) ',
      { shape_a: [3], shape_b: [4] },
    ],
    [
      'ValueError',
      'non-broadcastable output operand with shape (3,) doesn’t match the broadcast shape (2,3)',
      null,
    ],
    [
      'ValueError',
      'shapes (3,4) and (2,2) not aligned: 4 (dim 1) != 2 (dim 0)',
      { shape_a: [3, 4], shape_b: [2, 2] },
    ],
    ['ValueError', 'cannot reshape array of size 12 into shape (5,newaxis)', null],
    [
      'ValueError',
      'could not broadcast input array from shape (2,2) into shape (4,)',
      { shape_a: [2, 2], shape_b: [4] },
    ],
    [
      'MemoryError',
      'Unable to allocate 7.45 GiB for an array with shape (1000000000,) and data type float64',
      { bytes_requested: 7_999_376_588, shape: [1_000_000_000], dtype: 'float64' },
    ],
    [
      'TypeError',
      "ufunc 'add' did not contain a loop with signature matching types (dtype('<U1'), dtype('int64')) -> None",
      { dtype_a: '<U1', dtype_b: 'int64' },
    ],
    ['IndexError', 'index 5 is out of bounds for axis 1 with size 3', { axis: 1, size: 3 }],
    // PyTorch 2.x
    [
      'RuntimeError',
      'mat1 and mat2 shapes cannot be multiplied (3x4 and 2x2)',
      { shape_a: [3, 4], shape_b: [2, 2] },
    ],
    [
      'RuntimeError',
      'The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0',
      { size_a: 3, size_b: 4, dimension: 0 },
    ],
    [
      'RuntimeError',
      'Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!',
      { device_a: 'cuda:0', device_b: 'cpu' },
    ],
    [
      'RuntimeError',
      'mat1 and mat2 must have the same dtype, but got Float and Double',
      { dtype_a: 'float32', dtype_b: 'float64' },
    ],
    [
      'RuntimeError',
      "shape '[5, 2]' is invalid for input of size 12",
      { shape: [5, 2], size_a: 12 },
    ],
    [
      'RuntimeError',
      'Given groups=1, weight of size [8, 3, 3, 3], expected input[1, 4, 8, 8] to have 3 channels, but got 4 channels instead',
      { shape_a: [1, 4, 8, 8], shape_b: [8, 3, 3, 3], channels_expected: 3, channels: 4 },
    ],
    [
      OUT_OF_MEMORY,
      'CUDA out of memory. Tried to allocate 20.00 GiB. GPU 1 has a total capacity of 15.77 GiB of which 14.87 GiB is free. Process 17 has 912.00 MiB memory in use.',
      {
        bytes_requested: 20 * 2 ** 30,
        bytes_total: Math.floor(15.77 * 2 ** 30),
        bytes_free: Math.floor(14.87 * 2 ** 30),
        device: 'cuda:1',
      },
    ],
    [
      OUT_OF_MEMORY,
      'CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 15.78 GiB total capacity; 14.73 GiB already allocated; 8.75 MiB free; 14.75 GiB reserved in total by PyTorch)',
      {
        bytes_requested: 20 * 2 ** 20,
        bytes_total: Math.floor(15.78 * 2 ** 30),
        bytes_free: 8.75 * 2 ** 20,
        device: 'cuda:0',
      },
    ],
    [
      'RuntimeError',
      "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)",
      { bytes_requested: 4_000_000_000_000, device: 'cpu' },
    ],
    // pandas 3
    [
      'ValueError',
      'Length of values (3) does not match length of index (2)',
      { length_a: 3, length_b: 2 },
    ],
    [
      'ValueError',
      'Shape of passed values is (3, 2), indices imply (3, 3)',
      { shape_a: [3, 2], shape_b: [3, 3] },
    ],
    [
      'ValueError',
      'Length mismatch: Expected axis has 3 elements, new values have 2 elements',
      { length_a: 3, length_b: 2 },
    ],
    [
      'ValueError',
      'You are trying to merge on object and int64 columns for key ‘k’. If you wish to proceed you should use pd.concat',
      { dtype_a: 'object', dtype_b: 'int64' },
    ],
    // scikit-learn 1.9
    [
      'ValueError',
      'X has 3 features, but LinearRegression is expecting 2 features as input.',
      { features: 3, estimator: 'LinearRegression', features_expected: 2 },
    ],
    [
      'ValueError',
      'Found input variables with inconsistent numbers of samples: [3, 4]',
      { samples: [3, 4] },
    ],
    [
      'ValueError',
      'Expected 2D array, got 1D array instead:\narray=[1. 2. 3.].',
      { dimensions_expected: 2, dimensions: 1 },
    ],
    // PyArrow 26
    [
      'ValueError',
      'Column 1 named b expected length 3 but got length 2',
      { length_a: 3, length_b: 2 },
    ],
    [
      'pyarrow.lib.ArrowNotImplementedError',
      "Function 'add' has no kernel matching input types (string, int64)",
      { dtype_a: 'string', dtype_b: 'int64' },
    ],
    // What nobody has a rule for, and what only looks like one.
    ['ValueError', 'no', null],
    ['KeyError', 'shapes (3,4) and (2,2) not aligned', null],
    ['ValueError', `${' '.repeat(20_000)}shapes (3,4) and (2,2) not aligned`, null],
  ];
