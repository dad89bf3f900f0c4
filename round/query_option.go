package round

import "github.com/gagliardetto/solana-go/rpc"

// QueryOption narrows a query down on the node's side, so that no more is sent
// than what is asked for.
type QueryOption struct {
	filter func(claimedAt uint64) rpc.RPCFilter
}

// InRound chooses what belongs to one round.
func InRound(id uint64) QueryOption {
	return QueryOption{func(uint64) rpc.RPCFilter { return compare(atRoundID, le(id)) }}
}

// Unclaimed chooses that for which no reward was claimed yet: neither paid out,
// nor forfeited.
func Unclaimed() QueryOption {
	return QueryOption{func(claimedAt uint64) rpc.RPCFilter { return compare(claimedAt, []byte{0}) }}
}

// narrowed are a query's own filter and those of its options.
func narrowed(claimedAt uint64, own rpc.RPCFilter, options []QueryOption) []rpc.RPCFilter {
	out := []rpc.RPCFilter{own}
	for _, o := range options {
		if o.filter != nil {
			out = append(out, o.filter(claimedAt))
		}
	}
	return out
}
