package rpccompat

import "github.com/gagliardetto/solana-go"

type object = map[string]any

// request is one that both chains get.
type request struct {
	method string
	what   string
	params func(n node, who, to solana.PublicKey) []any
}

func (r request) name() string { return r.method + " " + r.what + " " }

func fixed(params ...any) func(node, solana.PublicKey, solana.PublicKey) []any {
	return func(node, solana.PublicKey, solana.PublicKey) []any { return params }
}

// ofWallet asks for the wallet that receives.
func ofWallet(more ...any) func(node, solana.PublicKey, solana.PublicKey) []any {
	return func(_ node, _, to solana.PublicKey) []any { return append([]any{to}, more...) }
}

// ofTransfer asks for the transaction.
func ofTransfer(more ...any) func(node, solana.PublicKey, solana.PublicKey) []any {
	return func(n node, _, _ solana.PublicKey) []any { return append([]any{n.sent}, more...) }
}

var requests = []request{
	{"getAccountInfo", "base64", ofWallet(object{"encoding": "base64"})},
	{"getAccountInfo", "jsonParsed", ofWallet(object{"encoding": "jsonParsed"})},
	{"getAccountInfo", "of nobody", fixed(solana.PublicKey{7}, object{"encoding": "base64"})},
	{"getAccountInfo", "of no key", fixed("x")},
	{"getBalance", "", ofWallet()},
	{"getBlockHeight", "", fixed()},
	{"getEpochInfo", "", fixed()},
	{"getEpochSchedule", "", fixed()},
	{"getFirstAvailableBlock", "", fixed()},
	{"getGenesisHash", "", fixed()},
	{"getHealth", "", fixed()},
	{"getIdentity", "", fixed()},
	{"getInflationGovernor", "", fixed()},
	{"getInflationRate", "", fixed()},
	{"getLatestBlockhash", "", fixed()},
	{"getMinimumBalanceForRentExemption", "", fixed(100)},
	{"getMultipleAccounts", "", func(_ node, who, to solana.PublicKey) []any {
		return []any{[]any{who, to}, object{"encoding": "base64"}}
	}},
	{"getSignatureStatuses", "", func(n node, _, _ solana.PublicKey) []any { return []any{[]any{n.sent}} }},
	{"getSignaturesForAddress", "", ofWallet()},
	{"getSlot", "", fixed()},
	{"getSlotLeader", "", fixed()},
	{"getSupply", "", fixed()},
	{"getTransaction", "json", ofTransfer("json")},
	{"getTransaction", "jsonParsed", ofTransfer(object{"encoding": "jsonParsed", "maxSupportedTransactionVersion": 0})},
	{"getTransaction", "base64", ofTransfer(object{"encoding": "base64", "maxSupportedTransactionVersion": 0})},
	{"getTransaction", "in hex", ofTransfer("hex")},
	{"getTransactionCount", "", fixed()},
	{"getVersion", "", fixed()},
	{"getVoteAccounts", "", fixed()},
	{"isBlockhashValid", "", fixed(solana.Hash{1})},
	{"minimumLedgerSlot", "", fixed()},
	{"nonsense", "", fixed()},
}

// accepted are the differences, with their reasons.
var accepted = map[string]string{
	"getTransaction json .result.meta.returnData":         noReturnData,
	"getTransaction jsonParsed .result.meta.returnData":   noReturnData,
	"getTransaction base64 .result.meta.returnData":       noReturnData,
	"getTransaction json .result.version":                 "Agave names the version only to clients that name the versions they read",
	"getVersion  .result.surfnet-version":                 "Surfpool's own version",
	"getAccountInfo of no key .error.data":                "Agave's error says all in its message",
	"getSignatureStatuses  .result.value[].confirmations": "null means rooted, which everything is here at once; Surfpool counts up to 31",
}

const noReturnData = "Agave leaves it out of transactions in which no program returned data"
