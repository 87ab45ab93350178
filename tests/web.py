"""HTTP to servers of the tests, without the authorities of the internet.

Nothing here speaks TLS. What httpx does for it, to read every authority there is, takes 20 ms of
CPU: more than most requests, and many are asked again and again until somebody is there.
"""

import ssl
from functools import partial

import httpx

_NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

request = partial(httpx.request, verify=_NO_AUTHORITY)
get = partial(httpx.get, verify=_NO_AUTHORITY)
post = partial(httpx.post, verify=_NO_AUTHORITY)
put = partial(httpx.put, verify=_NO_AUTHORITY)
patch = partial(httpx.patch, verify=_NO_AUTHORITY)
delete = partial(httpx.delete, verify=_NO_AUTHORITY)
