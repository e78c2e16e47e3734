"""Answers whoever asks, through Valkey: the shortest way to another process and back."""

import os

import redis

QUESTIONS = "bench:questions"


def answers_to(asker: str) -> str:
    """The list on which an asker waits."""
    return f"bench:answers:{asker}"


def main() -> None:
    """Answer until the leash ends it."""
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as valkey:
        valkey.delete(QUESTIONS)
        print("ready", flush=True)
        while True:
            if question := valkey.brpop([QUESTIONS], timeout=1):
                valkey.lpush(answers_to(question[1]), "")


if __name__ == "__main__":
    main()
