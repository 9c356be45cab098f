"""Three threads share one session and one queue of addresses; each address becomes an account, whose
token is then used to ask for the address again."""

import queue
import sys
import threading

import requests

BASE, KEY = sys.argv[1], sys.argv[2]
WORKERS = 3

session = requests.Session()
session.headers["x-api-key"] = KEY


def create(email: str) -> dict:
    try:
        inserted = session.post(f"{BASE}/insertEmail", json={"email": email})
        inserted.raise_for_status()
        account = inserted.json()
        asked = session.get(f"{BASE}/userManager", params={"token": account["token"]})
        asked.raise_for_status()
        if asked.json()["email"] != email:
            raise ValueError("Échec de la vérification email")
        return {"email": email, "status": "ok", **account}
    except (requests.RequestException, KeyError, ValueError) as error:
        return {"email": email, "status": "error", "error": str(error)}


def work(waiting: queue.Queue, results: list) -> None:
    while True:
        email = waiting.get()
        results.append(create(email))
        waiting.task_done()


def main() -> None:
    emails = [f"testMail{number}@example.com" for number in range(3)]
    waiting: queue.Queue = queue.Queue()
    results: list = []
    for _ in range(WORKERS):
        threading.Thread(target=work, args=(waiting, results), daemon=True).start()
    print("\nDébuts")
    print("Total emails", len(emails))
    for email in emails:
        waiting.put(email)
    waiting.join()
    fine = [result for result in results if result["status"] == "ok"]
    print("Créations ok:", len(fine))
    if len(fine) < len(results):
        print("Créations rate:", len(results) - len(fine))
    print("\nUtilisateurs créés:")
    for result in fine:
        print("Email :", result["email"])
        print("User ID :", result["id"])
        print("Token :", result["token"])
        print("---")
    print("terminés")


main()
