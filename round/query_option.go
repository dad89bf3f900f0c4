package round

import "github.com/decloud-sdk/decloud-go/chain"

// QueryOption narrows a query down on the node's side, so that no more is sent
// than what is asked for.
type QueryOption struct {
	filter func(claimedAt uint64) chain.Filter
}

// InRound chooses what belongs to one round.
func InRound(id uint64) QueryOption {
	return QueryOption{func(uint64) chain.Filter { return compare(atRoundID, le(id)) }}
}

// Unclaimed chooses that for which no reward was claimed yet: neither paid out,
// nor forfeited.
func Unclaimed() QueryOption {
	return QueryOption{func(claimedAt uint64) chain.Filter { return compare(claimedAt, []byte{0}) }}
}

// narrowed are a query's own filter and those of its options.
func narrowed(claimedAt uint64, own chain.Filter, options []QueryOption) []chain.Filter {
	out := []chain.Filter{own}
	for _, o := range options {
		if o.filter != nil {
			out = append(out, o.filter(claimedAt))
		}
	}
	return out
}
