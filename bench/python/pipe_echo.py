"""Sends each frame of descriptor 3 back on 4: the channel alone, without a codec."""

import os
from struct import Struct

LENGTH = Struct("<I")
data = b""
at = 0
while True:
    have = len(data) - at
    if have >= 4:
        end = at + 4 + LENGTH.unpack_from(data, at)[0]
        if end <= len(data):
            os.write(4, data[at:end])
            at = end
            continue
    chunk = os.read(3, 65536)
    if not chunk:
        break
    data = data[at:] + chunk
    at = 0
