"""What solana-py and solders do with the local chain. python client.py RPC WS [token]

solders refuses an answer that lacks a member, or has one of another type.
"""

import asyncio
import sys

from solana.rpc.api import Client
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solana.rpc.core import RPCException
from solana.rpc.types import MemcmpOpts, TokenAccountOpts, TxOpts
from solana.rpc.websocket_api import connect
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.rpc.config import RpcTransactionLogsFilterMentions
from solders.rpc.responses import SubscriptionResult, UnsubscribeResult
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.token.associated import get_associated_token_address
from solders.transaction import VersionedTransaction
from spl.token.client import Token
from spl.token.constants import TOKEN_PROGRAM_ID
from spl.token.core import AccountInfo

SOL = 10**9
url, ws = sys.argv[1:3]
client = Client(url, commitment=Confirmed)


def done(what):
    print("ok " + what, flush=True)


def wallet():
    key = Keypair()
    client.confirm_transaction(client.request_airdrop(key.pubkey(), 10 * SOL).value)
    assert client.get_balance(key.pubkey()).value == 10 * SOL
    return key


def pay(who, to, lamports):
    """A signed transaction, of version 0."""
    ix = transfer(TransferParams(from_pubkey=who.pubkey(), to_pubkey=to, lamports=lamports))
    message = MessageV0.try_compile(who.pubkey(), [ix], [], client.get_latest_blockhash().value.blockhash)
    return VersionedTransaction(message, [who])


def transfers(who):
    to = Keypair().pubkey()
    tx = pay(who, to, SOL)
    assert client.get_fee_for_message(tx.message).value == 5000
    simulated = client.simulate_transaction(tx).value
    assert simulated.err is None and simulated.units_consumed == 150
    latest = client.get_latest_blockhash().value
    signature = client.send_transaction(tx).value
    status = client.confirm_transaction(signature, last_valid_block_height=latest.last_valid_block_height).value[0]
    assert status.err is None
    parsed = client.get_transaction(signature, encoding="jsonParsed", max_supported_transaction_version=0).value
    info = parsed.transaction.transaction.message.instructions[0].parsed["info"]
    assert info["lamports"] == SOL and info["destination"] == str(to), info
    for encoding in ("json", "base64"):
        got = client.get_transaction(signature, encoding=encoding, max_supported_transaction_version=0).value
        assert got.slot == parsed.slot and got.transaction.meta.fee == 5000
    assert client.get_signatures_for_address(to).value[0].signature == signature
    block = client.get_block(parsed.slot, encoding="jsonParsed", max_supported_transaction_version=0).value
    assert [t.transaction.signatures[0] for t in block.transactions] == [signature]
    assert client.get_block_time(parsed.slot).value == block.block_time
    assert client.get_blocks(parsed.slot, parsed.slot).value == [parsed.slot]
    try:
        client.send_transaction(pay(who, to, 100 * SOL))
        raise AssertionError("more than there is was sent")
    except RPCException as e:
        assert "custom program error: 0x1" in str(e), e
    assert client.get_signature_statuses([Signature.default()]).value == [None]
    done("transfers")


def tokens(who):
    mint = Token.create_mint(client, who, who.pubkey(), 6, TOKEN_PROGRAM_ID)
    mine = mint.create_associated_token_account(who.pubkey())
    other = Keypair().pubkey()
    theirs = mint.create_associated_token_account(other)
    assert mine == get_associated_token_address(who.pubkey(), mint.pubkey)
    wait = TxOpts(skip_confirmation=False, preflight_commitment=Confirmed)
    mint.mint_to(mine, who, 5_000_000, opts=wait)
    mint.approve(mine, other, who, 250_000, opts=wait)
    signature = mint.transfer_checked(mine, theirs, who, 1_500_000, 6, opts=wait).value
    assert mint.get_balance(theirs).value.ui_amount_string == "1.5"
    account: AccountInfo = mint.get_account_info(mine)
    assert account.amount == 3_500_000 and account.delegate == other
    assert mint.get_mint_info().supply == 5_000_000
    assert client.get_token_supply(mint.pubkey).value.ui_amount == 5.0
    assert [a.address for a in client.get_token_largest_accounts(mint.pubkey).value] == [mine, theirs]
    of_mint = TokenAccountOpts(mint=mint.pubkey)
    [own] = client.get_token_accounts_by_owner_json_parsed(who.pubkey(), of_mint).value
    assert own.account.data.parsed["info"]["tokenAmount"]["amount"] == "3500000"
    assert [a.pubkey for a in client.get_token_accounts_by_owner(other, of_mint).value] == [theirs]
    assert [a.pubkey for a in client.get_token_accounts_by_delegate(other, of_mint).value] == [mine]
    assert [a.pubkey for a in client.get_token_accounts_by_delegate_json_parsed(other, of_mint).value] == [mine]
    assert client.get_account_info_json_parsed(mint.pubkey).value.data.parsed["type"] == "mint"
    filters = [165, MemcmpOpts(offset=0, bytes=str(mint.pubkey))]
    held = client.get_program_accounts_json_parsed(TOKEN_PROGRAM_ID, filters=filters).value
    assert {a.pubkey for a in held} == {mine, theirs}
    meta = client.get_transaction(signature, encoding="jsonParsed").value.transaction.meta
    amounts = lambda balances: sorted(b.ui_token_amount.amount for b in balances)
    assert amounts(meta.pre_token_balances) == ["0", "5000000"]
    assert amounts(meta.post_token_balances) == ["1500000", "3500000"]
    done("tokens")


def cluster():
    slot = client.get_slot().value
    assert client.is_connected()
    for ask in (
        client.get_block_height, client.get_cluster_nodes, client.get_epoch_info, client.get_epoch_schedule,
        client.get_first_available_block, client.get_genesis_hash, client.get_identity, client.get_inflation_governor,
        client.get_inflation_rate, client.get_largest_accounts, client.get_leader_schedule, client.get_minimum_ledger_slot,
        client.get_recent_performance_samples, client.get_slot_leader, client.get_supply, client.get_transaction_count,
        client.get_version, client.get_vote_accounts,
    ):
        ask()
    client.get_block_commitment(slot)
    try:
        client.get_inflation_reward([Pubkey.default()])
        raise AssertionError("an epoch has paid before it was over")
    except RPCException as e:
        assert "Block not available" in str(e), e
    client.get_slot_leaders(slot, 1)
    assert client.get_minimum_balance_for_rent_exemption(165).value == 2_039_280
    assert client.get_account_info(Pubkey.new_unique()).value is None
    done("cluster")


async def subscriptions(who):
    """Of each kind there is a notification of the transfer, and none after it has been cancelled."""
    to = Keypair().pubkey()
    tx = pay(who, to, SOL)
    async with connect(ws) as socket, AsyncClient(url, commitment=Confirmed) as sender:
        await socket.account_subscribe(to, commitment=Confirmed, encoding="jsonParsed")
        await socket.program_subscribe(Pubkey.default(), commitment=Confirmed, encoding="base64")
        await socket.logs_subscribe(RpcTransactionLogsFilterMentions(to), commitment=Confirmed)
        await socket.signature_subscribe(tx.signatures[0], commitment=Confirmed)
        await socket.slot_subscribe()
        await socket.root_subscribe()
        await socket.block_subscribe(commitment=Confirmed, encoding="jsonParsed", max_supported_transaction_version=0)
        await socket.account_subscribe(who.pubkey(), commitment=Confirmed)
        kinds, seen = {}, {}
        names = ["account", "program", "logs", "signature", "slot", "root", "block", "cancelled"]

        def sort(messages):
            for m in messages:
                if isinstance(m, SubscriptionResult):
                    kinds[m.result] = names[len(kinds)]
                elif not isinstance(m, UnsubscribeResult):
                    seen.setdefault(kinds[m.subscription], []).append(m.result)

        while len(kinds) < len(names):
            sort(await socket.recv())
        [cancelled] = [number for number, kind in kinds.items() if kind == "cancelled"]
        await socket.account_unsubscribe(cancelled)
        await sender.send_transaction(tx)
        while not set(names[:-1]) <= set(seen):
            sort(await socket.recv())
        assert "cancelled" not in seen
        assert seen["account"][0].value.lamports == SOL
        assert {a.value.pubkey for a in seen["program"]} <= {to, who.pubkey()}
        assert seen["logs"][0].value.signature == tx.signatures[0]
        assert seen["signature"][0].value.err is None
        assert seen["slot"][0].parent < seen["slot"][0].slot
        await sender.confirm_transaction(tx.signatures[0])
    done("subscriptions")


payer = wallet()
transfers(payer)
cluster()
asyncio.run(asyncio.wait_for(subscriptions(payer), 60))
if "token" in sys.argv:
    tokens(payer)
