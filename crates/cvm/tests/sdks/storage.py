"""Storage that speaks S3: prints its address, then puts a file for each line "KEY FILE", until its input ends."""

import sys

import boto3
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
s3 = boto3.client(
    "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="who", aws_secret_access_key="hush-hush"
)
s3.create_bucket(Bucket="crm")
print(url, flush=True)
for line in sys.stdin:
    key, path = line.split()
    with open(path, "rb") as file:
        s3.put_object(Bucket="crm", Key=key, Body=file.read())
    print("put", flush=True)
server.stop()
