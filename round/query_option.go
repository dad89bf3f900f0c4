package round

import "github.com/decloud-sdk/decloud-go/chain"

// QueryOption narrows a query. The node applies it, so it sends only what is asked
// for.
type QueryOption struct {
	filter func(claimedAt uint64) chain.Filter
}

// InRound selects what belongs to one round.
func InRound(id uint64) QueryOption {
	return QueryOption{func(uint64) chain.Filter { return memcmp(atRoundID, le(id)) }}
}

// Unclaimed selects gradients or scores whose reward was neither paid out nor
// forfeited yet.
func Unclaimed() QueryOption {
	return QueryOption{func(claimedAt uint64) chain.Filter { return memcmp(claimedAt, []byte{0}) }}
}

// narrowed are a query's base filter and those of its options. claimedAt is the
// offset of the flag that [Unclaimed] filters by.
func narrowed(claimedAt uint64, base chain.Filter, options []QueryOption) []chain.Filter {
	out := []chain.Filter{base}
	for _, o := range options {
		if o.filter != nil {
			out = append(out, o.filter(claimedAt))
		}
	}
	return out
}
