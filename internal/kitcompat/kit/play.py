"""Plays three rounds with a wallet for each role, and prints what the kits saw as one JSON object.

    python -m kit.play RPC_URL WS_URL

The caller moves the chain's clock: a line `warp SECONDS` on standard output requests it, a line on standard input
confirms it."""
import json
import sys

from .listener import Listener
from .roles import Creator, Trainer, Validator
from .wallet import Pubkey, Refused, on, plain

MNIST = 2
SOL = 1_000_000_000
REWARD = 1_000_000_007  # does not divide evenly
BASE_CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
CIDS = {
    "alice": "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    "bob": "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
    "mallory": "bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq",
}
# The scores of each validator for the base model and each trainer's head, in hundredths of a percent.
SCORES = {
    "ada": {"base": 7500, "alice": 8512, "bob": 7900, "mallory": 7300},
    "ben": {"base": 7520, "alice": 8530, "bob": 7930, "mallory": 7310},
    "cleo": {"base": 7480, "alice": 8500, "bob": 7890, "mallory": 7290},
}


def refuses(code: int, call, *arguments):
    """The program must refuse the call with a custom error."""
    try:
        call(*arguments)
    except Refused as e:
        if e.code != code:
            raise AssertionError(f"error {e.code} instead of {code}: {e}") from e
        return
    raise AssertionError(f"{call.__name__}{arguments} should fail with {code}")


class Game:
    def __init__(self, rpc: str, ws: str):
        self.journal = []
        self.creator = Creator("creator", rpc, self.journal)
        self.trainers = {name: Trainer(name, rpc, self.journal) for name in CIDS}
        self.validators = {name: Validator(name, rpc, self.journal) for name in SCORES}
        self.all = [self.creator, *self.trainers.values(), *self.validators.values()]
        for wallet in self.all:
            wallet.client.request_airdrop(wallet.key, 5 * SOL)
            assert wallet.balance() == 5 * SOL, f"the faucet paid {wallet.balance()}"
        self.listener = Listener(ws)

    def whole_round(self):
        creator, trainers, validators = self.creator, self.trainers, self.validators
        id = creator.create_round(BASE_CID, MNIST, REWARD)
        assert id == 0 and [found.id for found in creator.my_rounds()] == [0]
        alice = trainers["alice"]
        refuses(3012, alice.submit_gradient, id, CIDS["alice"])  # no profile yet
        for trainer in trainers.values():
            assert trainer.profile() is None
            trainer.create_trainer_profile()
        refuses(0, alice.create_trainer_profile)  # the system program: it exists already
        refuses(6005, alice.submit_gradient, id, CIDS["alice"])
        refuses(6005, creator.finalize_round, id)
        for name, validator in validators.items():
            assert validator.pre(id) is None
            validator.prevalidate(id, SCORES[name]["base"])
        refuses(6004, creator.cancel_round, id)
        refuses(6006, creator.finalize_round, id)
        for name, trainer in trainers.items():
            assert trainer.gradient(id) is None
            trainer.submit_gradient(id, CIDS[name])
        refuses(0, alice.submit_gradient, id, CIDS["bob"])
        refuses(6007, creator.finalize_round, id)
        refuses(6009, alice.claim_trainer, id)
        for name, validator in validators.items():
            found = {g.trainer: g for g in validator.gradients(id)}
            for who, trainer in trainers.items():
                assert found[str(trainer.key)].cid == CIDS[who]
                assert validator.post(id, trainer.key) is None
                validator.postvalidate(id, Pubkey.from_string(found[str(trainer.key)].trainer), SCORES[name][who])
        refuses(6012, validators["ada"].force_finalize, id)
        creator.finalize_round(id)
        for trainer in trainers.values():
            trainer.claim_trainer(id)
        refuses(6010, alice.claim_trainer, id)
        for validator in validators.values():
            validator.claim_validator_pre(id)
            for trainer in trainers.values():
                validator.claim_validator_post(id, trainer.key)
        refuses(6010, validators["ada"].claim_validator_pre, id)
        creator.withdraw_remainder(id)
        assert creator.account(on.vault_pda(id)) is None
        return id

    def cancelled_round(self):
        creator = self.creator
        id = creator.create_round(BASE_CID, 200, SOL)  # an unknown data set
        creator.cancel_round(id)
        assert creator.account(on.vault_pda(id)) is None
        refuses(6003, self.validators["ada"].prevalidate, id, 1)
        return id

    def forced_round(self):
        """Ends at the deadline with an unscored gradient; mallory's rating is below what the kits require."""
        creator, trainers, ada = self.creator, self.trainers, self.validators["ada"]
        id = creator.create_round(BASE_CID, MNIST, SOL)
        ada.prevalidate(id, 5000)
        refuses(6014, trainers["mallory"].submit_gradient, id, CIDS["mallory"])
        trainers["alice"].submit_gradient(id, CIDS["alice"])
        trainers["bob"].submit_gradient(id, CIDS["bob"])
        ada.postvalidate(id, trainers["alice"].key, 6000)
        refuses(6007, creator.finalize_round, id)
        print("warp 43200", flush=True)
        sys.stdin.readline()
        ada.force_finalize(id)
        for trainer in (trainers["alice"], trainers["bob"]):
            trainer.claim_trainer(id)
        ada.claim_validator_pre(id)
        ada.claim_validator_post(id, trainers["alice"].key)
        creator.withdraw_remainder(id)
        return id

    def seen(self, id: int):
        """All fields of a round that the kits parse by offset."""
        return {
            "round": plain(self.creator.round(id)),
            "gradients": {name: plain(t.gradient(id)) for name, t in self.trainers.items()},
            "pre": {name: plain(v.pre(id)) for name, v in self.validators.items()},
            "post": {
                name: {who: plain(v.post(id, t.key)) for who, t in self.trainers.items()} for name, v in self.validators.items()
            },
        }


def main():
    game = Game(sys.argv[1], sys.argv[2])
    rounds = [game.whole_round(), game.cancelled_round(), game.forced_round()]
    game.listener.wait_for(game.journal[-1]["signature"])
    game.listener.close()
    print(
        json.dumps(
            {
                "wallets": {wallet.name: {"key": str(wallet.key), "balance": wallet.balance()} for wallet in game.all},
                "rounds": [game.seen(id) for id in rounds],
                "profiles": {name: plain(t.profile()) for name, t in game.trainers.items()},
                "sent": game.journal,
                "events": game.listener.events,
                "notified": game.listener.signatures,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
