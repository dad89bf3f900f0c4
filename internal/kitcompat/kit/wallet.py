"""What all three kits share: a wallet, reads over JSON-RPC, and transactions of one instruction."""
import struct
from dataclasses import asdict

from solana.rpc.api import Client
from solana.rpc.commitment import Confirmed
from solana.rpc.core import RPCException
from solana.rpc.types import TxOpts
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.transaction import Transaction

from . import interface as on


def w(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def r(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


class Refused(Exception):
    """The program failed with a custom error, code."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Wallet:
    def __init__(self, name: str, url: str, journal: list):
        self.name, self.journal = name, journal
        self.keypair = Keypair()
        self.key = self.keypair.pubkey()
        self.client = Client(url)

    def balance(self) -> int:
        return self.client.get_balance(self.key, commitment=Confirmed).value

    def account(self, key: Pubkey):
        """The data of an account, None if it does not exist."""
        found = self.client.get_account_info(key, commitment=Confirmed).value
        return None if found is None else bytes(found.data)

    def parsed(self, key: Pubkey, parse):
        data = self.account(key)
        return None if data is None else parse(data)

    def round_count(self) -> int:
        data = self.account(on.counter_pda())
        return 0 if data is None else struct.unpack("<Q", data[8:16])[0]

    def round(self, id: int):
        return self.parsed(on.round_pda(id), on.parse_round)

    def rounds(self):
        """All rounds, one call each."""
        return [r for r in map(self.round, range(self.round_count())) if r is not None]

    def call(self, name: str, arguments: bytes, accounts: list, **facts) -> str:
        """Sends one instruction, signed and paid by the wallet, and returns the signature."""
        instruction = Instruction(on.PROGRAM, on.discriminator("global", name) + arguments, accounts)
        blockhash = self.client.get_latest_blockhash(commitment=Confirmed).value.blockhash
        tx = Transaction.new_unsigned(Message.new_with_blockhash([instruction], self.key, blockhash))
        tx.sign([self.keypair], blockhash)
        try:
            sent = self.client.send_transaction(tx, opts=TxOpts(skip_preflight=False, preflight_commitment=Confirmed))
        except RPCException as e:
            failure = e.args[0]
            code = failure.data.err.err.code
            if f"custom program error: {hex(code)}" not in failure.message:
                raise AssertionError(f"the message does not contain error {code}: {failure.message}") from e
            raise Refused(code, failure.message) from e
        self.journal.append({"who": self.name, "name": name, "signature": str(sent.value), **facts})
        return str(sent.value)

    def me(self, writable: bool = True) -> AccountMeta:
        return AccountMeta(self.key, is_signer=True, is_writable=writable)


def plain(value):
    return None if value is None else asdict(value)


__all__ = ["AccountMeta", "Confirmed", "Pubkey", "Refused", "SYSTEM", "Wallet", "on", "plain", "r", "w"]
