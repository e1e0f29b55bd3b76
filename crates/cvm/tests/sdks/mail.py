"""A mail server: prints its address, and writes a line "ID TO" into the file named for every message before it says that it has it."""

import asyncio
import email
import os
import sys

from aiosmtpd.smtp import SMTP


class Counting:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1)

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content)
        for address in envelope.rcpt_tos:
            self.file.write(f"{letter['Message-ID'].strip('<>')} {address}\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        return "250 taken"


async def serve():
    counting = Counting(sys.argv[1])
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(counting), "127.0.0.1", 0)
    print(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(serve())
