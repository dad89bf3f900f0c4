package rpccompat

// reasons are why the two chains may differ, each with the places where they do.
type reasons map[string][]string

// accepted are the differences of the answers.
var accepted = reasons{
	"Agave leaves it out of transactions in which no program returned data": {
		"getTransaction json .result.meta.returnData",
		"getTransaction jsonParsed .result.meta.returnData",
		"getTransaction base64 .result.meta.returnData",
		"getTransaction of tokens, json .result.meta.returnData",
		"getTransaction of tokens, jsonParsed .result.meta.returnData",
	},
	"null, as in Agave, where no program returned data": {
		"simulateTransaction of tokens .result.value.returnData",
		"simulateTransaction that fails .result.value.returnData",
		"sendTransaction that fails .error.data.returnData",
	},
	"Agave names the version only to clients that name the versions they read": {
		"getTransaction json .result.version",
	},
	"Surfpool's own version": {
		"getVersion  .result.surfnet-version",
	},
	"Agave's error says all in its message": {
		"getAccountInfo of no key .error.data",
		"getTokenAccountBalance of a wallet .error.data",
	},
	"null means rooted, which everything is here at once; Surfpool counts up to 31": {
		"getSignatureStatuses  .result.value[].confirmations",
	},
	"Agave answers null for no block that it has, and an error for one that there never was": {
		"getBlock of no transaction's slot .result",
		"getBlock of no transaction's slot .error",
		"getBlock signatures .result",
		"getBlock without details .result",
	},
	"the local chain has no gossip, and its door is the one that was asked; Surfpool names no version of its node": {
		"getClusterNodes  .result[].clientId",
		"getClusterNodes  .result[].featureSet",
		"getClusterNodes  .result[].gossip",
		"getClusterNodes  .result[].pubsub",
		"getClusterNodes  .result[].rpc",
		"getClusterNodes  .result[].shredVersion",
		"getClusterNodes  .result[].tpu",
		"getClusterNodes  .result[].tpuQuic",
		"getClusterNodes  .result[].version",
	},
	"the local chain's one node leads every slot": {
		"getLeaderSchedule  .result.KEY",
	},
	"Agave takes a sample every minute, and no minute is over": {
		"getRecentPerformanceSamples  .result[]",
	},
	"Agave names the slots of recent blocks, also where nobody paid": {
		"getRecentPrioritizationFees  .result[]",
	},
	"Agave's newer members, which Surfpool leaves empty": {
		"simulateTransaction of tokens .result.value.fee",
		"simulateTransaction of tokens .result.value.loadedAddresses",
		"simulateTransaction of tokens .result.value.preBalances",
		"simulateTransaction of tokens .result.value.postBalances",
		"simulateTransaction of tokens .result.value.preTokenBalances",
		"simulateTransaction of tokens .result.value.postTokenBalances",
		"simulateTransaction that fails .result.value.fee",
		"simulateTransaction that fails .result.value.loadedAddresses",
		"simulateTransaction that fails .result.value.preBalances",
		"simulateTransaction that fails .result.value.postBalances",
		"simulateTransaction that fails .result.value.preTokenBalances",
		"simulateTransaction that fails .result.value.postTokenBalances",
	},
	"the local chain does not count it": {
		"simulateTransaction of tokens .result.value.loadedAccountsDataSize",
		"simulateTransaction that fails .result.value.loadedAccountsDataSize",
	},
	"Agave refuses what is no token program, and a mint that is none; Surfpool finds nothing": {
		"getTokenAccountsByOwner of another program .result",
		"getTokenAccountsByOwner of another program .error",
		"getTokenLargestAccounts of nobody .result",
		"getTokenLargestAccounts of nobody .error",
	},
	"Agave's text has no zeros behind the last digit, and a point where the decimals begin": {
		"getTokenLargestAccounts  says [0].uiAmountString",
		"getTokenLargestAccounts  says [1].uiAmountString",
		"getTokenSupply  says .uiAmountString",
	},
	"Agave's accounts that are exempt from rent have the last epoch": {
		"getAccountInfo of a mint says .rentEpoch",
		"getAccountInfo of a token account says .rentEpoch",
		"getTokenAccountsByDelegate of a mint says [0].account.rentEpoch",
		"getTokenAccountsByDelegate of a program says [0].account.rentEpoch",
		"getTokenAccountsByOwner of a mint says [0].account.rentEpoch",
		"getTokenAccountsByOwner of a program says [0].account.rentEpoch",
	},
}

// acceptedLive are those of the notifications.
var acceptedLive = reasons{
	"Agave's notifications say the slot only": {
		"accountSubscribe base64 .params.result.context.apiVersion",
		"accountSubscribe jsonParsed .params.result.context.apiVersion",
		"logsSubscribe of all .params.result.context.apiVersion",
		"logsSubscribe of an account .params.result.context.apiVersion",
		"programSubscribe of a mint's accounts .params.result.context.apiVersion",
		"signatureSubscribe  .params.result.context.apiVersion",
	},
	"Surfpool has no such subscription": {
		"blockSubscribe  .error",
		"blockSubscribe  .method",
		"blockSubscribe  .params",
		"rootSubscribe  .error",
		"rootSubscribe  .method",
		"rootSubscribe  .params",
	},
}
