"""The published interface: names, addresses, and the offset of each field in an account."""
import hashlib
import struct
from dataclasses import dataclass

from solders.pubkey import Pubkey

PROGRAM = Pubkey.from_string("DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh")
TREASURY = Pubkey.from_string("FzuCxi65QyFXAGbHcXB28RXqyBZSZ5KXLQxeofx1P9K2")
STATUS = {0: "Active", 1: "Finalized", 2: "Cancelled"}


def discriminator(space: str, name: str) -> bytes:
    return hashlib.sha256(f"{space}:{name}".encode()).digest()[:8]


# Examples from the interface.
assert discriminator("global", "create_round").hex() == "e5daeca9e7508670"
assert discriminator("global", "create_trainer_profile").hex() == "55c504921fc44559"
assert discriminator("account", "Round").hex() == "577fa533494e74ae"
assert discriminator("account", "TrainerProfile").hex() == "ed032d5b19098f6c"
assert discriminator("event", "RoundCreated").hex() == "1013447557c6077c"


def u64(n: int) -> bytes:
    return struct.pack("<Q", n)


def text(s: str) -> bytes:
    """A Borsh string."""
    raw = s.encode()
    return struct.pack("<I", len(raw)) + raw


def pda(*seeds: bytes) -> Pubkey:
    return Pubkey.find_program_address(list(seeds), PROGRAM)[0]


def counter_pda() -> Pubkey:
    return pda(b"round_counter")


def round_pda(id: int) -> Pubkey:
    return pda(b"round", u64(id))


def vault_pda(id: int) -> Pubkey:
    return pda(b"vault", u64(id))


def gradient_pda(id: int, trainer: Pubkey) -> Pubkey:
    return pda(b"gradient", u64(id), bytes(trainer))


def pre_pda(id: int, validator: Pubkey) -> Pubkey:
    return pda(b"pre", u64(id), bytes(validator))


def post_pda(id: int, trainer: Pubkey, validator: Pubkey) -> Pubkey:
    return pda(b"post", u64(id), bytes(trainer), bytes(validator))


def profile_pda(trainer: Pubkey) -> Pubkey:
    return pda(b"trainer_profile", bytes(trainer))


def stake_pda(validator: Pubkey) -> Pubkey:
    return pda(b"validator_stake", bytes(validator))


class Bytes:
    """Reads fields of an account at absolute offsets."""

    def __init__(self, data: bytes):
        self.data = data

    def at(self, fmt: str, offset: int):
        return struct.unpack_from("<" + fmt, self.data, offset)[0]

    def key(self, offset: int) -> str:
        return str(Pubkey(self.data[offset : offset + 32]))

    def cid(self, offset: int) -> str:
        return self.data[offset : offset + 64][: self.data[offset + 64]].decode("utf-8", errors="ignore")


def is_a(data: bytes, account: str) -> bool:
    return data[:8] == discriminator("account", account)


@dataclass
class Round:
    id: int
    creator: str
    model_cid: str
    dataset: int
    reward_amount: int
    min_trainer_rating: int
    created_at: int
    status: str
    pre_count: int
    pre_accuracy_sum: int
    gradients_count: int
    total_validations: int
    total_improvement: int
    consensus_accuracy: int
    bump: int
    vault_bump: int
    size: int


def parse_round(data: bytes):
    if not is_a(data, "Round"):
        return None
    b = Bytes(data)
    return Round(
        id=b.at("Q", 8), creator=b.key(16), model_cid=b.cid(48), dataset=b.at("B", 113), reward_amount=b.at("Q", 114),
        min_trainer_rating=b.at("H", 122), created_at=b.at("q", 124), status=STATUS.get(b.at("B", 132), "Unknown"),
        pre_count=b.at("B", 133), pre_accuracy_sum=b.at("Q", 134), gradients_count=b.at("B", 142),
        total_validations=b.at("H", 143), total_improvement=b.at("Q", 145), consensus_accuracy=b.at("Q", 153),
        bump=b.at("B", 161), vault_bump=b.at("B", 162), size=len(data),
    )


@dataclass
class Gradient:
    round_id: int
    trainer: str
    cid: str
    post_count: int
    post_accuracy_sum: int
    improvement: int
    reward_claimed: bool
    rating_settled: bool
    bump: int


def parse_gradient(data: bytes):
    if not is_a(data, "Gradient"):
        return None
    b = Bytes(data)
    return Gradient(
        round_id=b.at("Q", 8), trainer=b.key(16), cid=b.cid(48), post_count=b.at("B", 113), post_accuracy_sum=b.at("Q", 114),
        improvement=b.at("Q", 122), reward_claimed=b.at("?", 130), rating_settled=b.at("?", 131), bump=b.at("B", 132),
    )


@dataclass
class PreValidation:
    round_id: int
    validator: str
    accuracy: int
    reward_claimed: bool


def parse_pre(data: bytes):
    if not is_a(data, "PreValidation"):
        return None
    b = Bytes(data)
    return PreValidation(b.at("Q", 8), b.key(16), b.at("I", 48), b.at("?", 52))


@dataclass
class PostValidation:
    round_id: int
    trainer: str
    validator: str
    accuracy: int
    reward_claimed: bool


def parse_post(data: bytes):
    if not is_a(data, "PostValidation"):
        return None
    b = Bytes(data)
    return PostValidation(b.at("Q", 8), b.key(16), b.key(48), b.at("I", 80), b.at("?", 84))


@dataclass
class Profile:
    trainer: str
    rating: int
    total_submissions: int
    successful_submissions: int
    slashed_count: int


def parse_profile(data: bytes):
    if not is_a(data, "TrainerProfile"):
        return None
    b = Bytes(data)
    return Profile(b.key(8), b.at("H", 40), b.at("I", 42), b.at("I", 46), b.at("H", 50))
