"""The calls of the three kits, with the accounts, order and flags that they send."""
import struct

from .wallet import SYSTEM, Confirmed, Pubkey, Wallet, on, r, w


class Creator(Wallet):
    def create_round(self, cid: str, dataset: int, reward: int, min_rating: int = 500) -> int:
        id = self.round_count()
        self.call(
            "create_round",
            on.u64(id) + on.text(cid) + bytes([dataset]) + on.u64(reward) + struct.pack("<H", min_rating),
            [w(on.counter_pda()), w(on.round_pda(id)), w(on.vault_pda(id)), self.me(), r(SYSTEM)],
            round=id, cid=cid, dataset=dataset, reward=reward, min_rating=min_rating,
        )
        return id

    def my_rounds(self):
        return [found for found in self.rounds() if found.creator == str(self.key)]

    def cancel_round(self, id: int) -> str:
        return self.call("cancel_round", on.u64(id), [w(on.round_pda(id)), w(on.vault_pda(id)), self.me(), r(SYSTEM)], round=id)

    def finalize_round(self, id: int) -> str:
        return self.call("finalize_round", on.u64(id), [w(on.round_pda(id)), self.me(False)], round=id)

    def withdraw_remainder(self, id: int) -> str:
        return self.call(
            "withdraw_remainder", on.u64(id), [r(on.round_pda(id)), w(on.vault_pda(id)), self.me(), r(SYSTEM)], round=id
        )


class Trainer(Wallet):
    def profile(self):
        return self.parsed(on.profile_pda(self.key), on.parse_profile)

    def gradient(self, id: int):
        return self.parsed(on.gradient_pda(id, self.key), on.parse_gradient)

    def create_trainer_profile(self) -> str:
        return self.call("create_trainer_profile", b"", [w(on.profile_pda(self.key)), self.me(), r(SYSTEM)])

    def submit_gradient(self, id: int, cid: str) -> str:
        return self.call(
            "submit_gradient",
            on.u64(id) + on.text(cid),
            [w(on.round_pda(id)), r(on.profile_pda(self.key)), w(on.gradient_pda(id, self.key)), self.me(), r(SYSTEM)],
            round=id, cid=cid,
        )

    def claim_trainer(self, id: int) -> str:
        return self.call(
            "claim_trainer",
            on.u64(id),
            [
                r(on.round_pda(id)), w(on.gradient_pda(id, self.key)), w(on.profile_pda(self.key)), w(on.vault_pda(id)),
                w(on.TREASURY), self.me(), r(SYSTEM),
            ],
            round=id,
        )


class Validator(Wallet):
    def pre(self, id: int):
        return self.parsed(on.pre_pda(id, self.key), on.parse_pre)

    def post(self, id: int, trainer: Pubkey):
        return self.parsed(on.post_pda(id, trainer, self.key), on.parse_post)

    def gradients(self, id: int):
        """All gradients of a round: downloads everything that the program owns and filters by size and content."""
        found = []
        for account in self.client.get_program_accounts(on.PROGRAM, commitment=Confirmed).value:
            data = bytes(account.account.data)
            if len(data) < 100 or len(data) > 200:
                continue
            gradient = on.parse_gradient(data)
            if gradient is not None and gradient.round_id == id:
                found.append(gradient)
        return found

    def prevalidate(self, id: int, accuracy: int) -> str:
        return self.call(
            "prevalidate",
            on.u64(id) + struct.pack("<I", accuracy),
            [w(on.round_pda(id)), r(on.stake_pda(self.key)), w(on.pre_pda(id, self.key)), self.me(), r(SYSTEM)],
            round=id, accuracy=accuracy,
        )

    def postvalidate(self, id: int, trainer: Pubkey, accuracy: int) -> str:
        return self.call(
            "postvalidate",
            on.u64(id) + struct.pack("<I", accuracy),
            [
                w(on.round_pda(id)), r(on.stake_pda(self.key)), w(on.gradient_pda(id, trainer)),
                w(on.post_pda(id, trainer, self.key)), self.me(), r(SYSTEM),
            ],
            round=id, trainer=str(trainer), accuracy=accuracy,
        )

    def claim_validator_pre(self, id: int) -> str:
        return self.call(
            "claim_validator_pre",
            on.u64(id),
            [r(on.round_pda(id)), w(on.pre_pda(id, self.key)), w(on.vault_pda(id)), w(on.TREASURY), self.me(), r(SYSTEM)],
            round=id,
        )

    def claim_validator_post(self, id: int, trainer: Pubkey) -> str:
        return self.call(
            "claim_validator_post",
            on.u64(id),
            [
                r(on.round_pda(id)), w(on.post_pda(id, trainer, self.key)), w(on.vault_pda(id)), w(on.TREASURY), self.me(),
                r(SYSTEM),
            ],
            round=id, trainer=str(trainer),
        )

    def force_finalize(self, id: int) -> str:
        return self.call("force_finalize", on.u64(id), [w(on.round_pda(id)), self.me(False)], round=id)
