package rpccompat

import "github.com/gagliardetto/solana-go"

type object = map[string]any

// request is one that both chains get.
type request struct {
	method string
	what   string
	params func(n node) []any
	same   bool // not only the shape: what is answered, too
}

func (r request) name() string { return r.method + " " + r.what + " " }

func fixed(params ...any) func(node) []any { return func(node) []any { return params } }

// ofWallet asks for the wallet that receives.
func ofWallet(more ...any) func(node) []any {
	return func(n node) []any { return append([]any{n.to}, more...) }
}

// ofTransfer asks for the transaction.
func ofTransfer(more ...any) func(node) []any {
	return func(n node) []any { return append([]any{n.sent}, more...) }
}

// ofTokens asks for the transaction that makes and moves tokens.
func ofTokens(encoding string) func(node) []any {
	return func(n node) []any {
		return []any{n.tokens, object{"encoding": encoding, "maxSupportedTransactionVersion": 0}}
	}
}

func ofMint(more ...any) func(node) []any {
	return func(n node) []any { return append([]any{n.mint.PublicKey()}, more...) }
}

// ofMine asks for the token account of the wallet that pays.
func ofMine(more ...any) func(node) []any {
	return func(n node) []any { return append([]any{n.mine}, more...) }
}

func byMint(n node) object  { return object{"mint": n.mint.PublicKey()} }
func byProgram(node) object { return object{"programId": solana.TokenProgramID} }

// tokensOf asks for token accounts of their owner, or of who may spend of them.
func tokensOf(owner bool, encoding string, which func(node) object) func(node) []any {
	return func(n node) []any {
		who := n.to
		if owner {
			who = n.who.PublicKey()
		}
		return []any{who, which(n), object{"encoding": encoding}}
	}
}

var requests = []request{
	{method: "getAccountInfo", what: "base64", params: ofWallet(object{"encoding": "base64"})},
	{method: "getAccountInfo", what: "jsonParsed", params: ofWallet(object{"encoding": "jsonParsed"})},
	{method: "getAccountInfo", what: "of nobody", params: fixed(solana.PublicKey{7}, object{"encoding": "base64"})},
	{method: "getAccountInfo", what: "of no key", params: fixed("x")},
	{method: "getBalance", what: "", params: ofWallet()},
	{method: "getBlockHeight", what: "", params: fixed()},
	{method: "getEpochInfo", what: "", params: fixed()},
	{method: "getEpochSchedule", what: "", params: fixed()},
	{method: "getFirstAvailableBlock", what: "", params: fixed()},
	{method: "getGenesisHash", what: "", params: fixed()},
	{method: "getHealth", what: "", params: fixed()},
	{method: "getIdentity", what: "", params: fixed()},
	{method: "getInflationGovernor", what: "", params: fixed()},
	{method: "getInflationRate", what: "", params: fixed()},
	{method: "getLatestBlockhash", what: "", params: fixed()},
	{method: "getMinimumBalanceForRentExemption", what: "", params: fixed(100)},
	{method: "getMultipleAccounts", what: "", params: func(n node) []any {
		return []any{[]any{n.who.PublicKey(), n.to}, object{"encoding": "base64"}}
	}},
	{method: "getSignatureStatuses", what: "", params: func(n node) []any { return []any{[]any{n.sent}} }},
	{method: "getSignaturesForAddress", what: "", params: ofWallet()},
	{method: "getSlot", what: "", params: fixed()},
	{method: "getSlotLeader", what: "", params: fixed()},
	{method: "getSupply", what: "", params: fixed()},
	{method: "getTransaction", what: "json", params: ofTransfer("json")},
	{method: "getTransaction", what: "jsonParsed", params: ofTransfer(object{"encoding": "jsonParsed", "maxSupportedTransactionVersion": 0})},
	{method: "getTransaction", what: "base64", params: ofTransfer(object{"encoding": "base64", "maxSupportedTransactionVersion": 0})},
	{method: "getTransaction", what: "in hex", params: ofTransfer("hex")},
	{method: "getTransactionCount", what: "", params: fixed()},
	{method: "getVersion", what: "", params: fixed()},
	{method: "getVoteAccounts", what: "", params: fixed()},
	{method: "isBlockhashValid", what: "", params: fixed(solana.Hash{1})},
	{method: "minimumLedgerSlot", what: "", params: fixed()},
	{method: "nonsense", what: "", params: fixed()},

	{method: "getBlock", what: "of no transaction's slot", params: fixed(1 << 40)},
	{method: "getBlock", what: "without details", params: func(n node) []any {
		return []any{n.slot, object{"transactionDetails": "none", "rewards": false}}
	}},
	{method: "getBlock", what: "signatures", params: func(n node) []any {
		return []any{n.slot, object{"transactionDetails": "signatures", "rewards": false}}
	}},
	{method: "getBlockTime", params: func(n node) []any { return []any{n.slot} }},
	{method: "getBlocks", params: func(n node) []any { return []any{n.slot, n.slot} }},
	{method: "getBlocksWithLimit", params: func(n node) []any { return []any{n.slot, 1} }},
	{method: "getClusterNodes", params: fixed()},
	{method: "getFeeForMessage", params: func(n node) []any {
		return []any{n.sign(n.moveTokens(1)).Message.ToBase64()}
	}},
	{method: "getLeaderSchedule", params: fixed()},
	{method: "getRecentPerformanceSamples", params: fixed(1)},
	{method: "getRecentPrioritizationFees", params: fixed()},
	{method: "getSlotLeaders", params: func(n node) []any { return []any{n.slot, 1} }},
	{method: "getStakeMinimumDelegation", params: fixed()},
	{method: "simulateTransaction", what: "of tokens", params: func(n node) []any {
		return []any{n.sign(n.moveTokens(1)).MustToBase64(), object{"encoding": "base64", "innerInstructions": true}}
	}},
	{method: "simulateTransaction", what: "that fails", params: func(n node) []any {
		return []any{n.sign(n.moveTokens(1 << 60)).MustToBase64(), object{"encoding": "base64"}}
	}},
	{method: "sendTransaction", what: "that fails", params: func(n node) []any {
		return []any{n.sign(n.moveTokens(1 << 60)).MustToBase64(), object{"encoding": "base64"}}
	}},

	{method: "getTokenAccountBalance", params: ofMine(), same: true},
	{method: "getTokenAccountBalance", what: "of a wallet", params: ofWallet()},
	{method: "getTokenAccountBalance", what: "of nobody", params: fixed(solana.PublicKey{7})},
	{method: "getTokenSupply", params: ofMint(), same: true},
	{method: "getTokenSupply", what: "of a token account", params: ofMine()},
	{method: "getTokenSupply", what: "of nobody", params: fixed(solana.PublicKey{7})},
	{method: "getTokenLargestAccounts", params: ofMint(), same: true},
	{method: "getTokenLargestAccounts", what: "of nobody", params: fixed(solana.PublicKey{7})},
	{method: "getTokenAccountsByOwner", what: "of a mint", params: tokensOf(true, "jsonParsed", byMint), same: true},
	{method: "getTokenAccountsByOwner", what: "of a mint, base64", params: tokensOf(true, "base64", byMint)},
	{method: "getTokenAccountsByOwner", what: "of a program", params: tokensOf(true, "jsonParsed", byProgram), same: true},
	{method: "getTokenAccountsByOwner", what: "of another program", params: tokensOf(true, "jsonParsed", func(node) object {
		return object{"programId": solana.SystemProgramID}
	})},
	{method: "getTokenAccountsByOwner", what: "of nothing", params: tokensOf(true, "jsonParsed", func(node) object { return object{} })},
	{method: "getTokenAccountsByDelegate", what: "of a mint", params: tokensOf(false, "jsonParsed", byMint), same: true},
	{method: "getTokenAccountsByDelegate", what: "of a program", params: tokensOf(false, "jsonParsed", byProgram), same: true},
	{method: "getAccountInfo", what: "of a mint", params: ofMint(object{"encoding": "jsonParsed"}), same: true},
	{method: "getAccountInfo", what: "of a token account", params: ofMine(object{"encoding": "jsonParsed"}), same: true},
	{method: "getProgramAccounts", what: "of tokens", params: func(n node) []any {
		return []any{solana.TokenProgramID, object{"encoding": "jsonParsed", "filters": []any{
			object{"dataSize": 165}, object{"memcmp": object{"offset": 0, "bytes": n.mint.PublicKey()}},
		}}}
	}},
	{method: "getTransaction", what: "of tokens, jsonParsed", params: ofTokens("jsonParsed")},
	{method: "getTransaction", what: "of tokens, json", params: ofTokens("json")},
}
