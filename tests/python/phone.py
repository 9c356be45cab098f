"""Registers with a phone number and then listens, as a script beside the service would."""

import asyncio
import sys

import requests
import websockets

HOST = sys.argv[1]


def register(number: str, password: str) -> dict:
    body = {"phone_number": number, "password": password}
    answer = requests.post(f"http://{HOST}/api/register/", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


async def listen() -> None:
    async with websockets.connect(f"ws://{HOST}/ws/notifications/") as socket:
        async for frame in socket:
            print("<", frame, flush=True)


print(register("0123456789", "password123"), flush=True)
asyncio.run(listen())
