package round

import (
	"context"
	"iter"
	"slices"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// pageSize is how many accounts one call reads.
const pageSize = 100

// RoundRange reads the rounds with the ids from first up to and not including end,
// ordered by id, in a call for each 100 and one more for their number
// ([Counter].Count). Ids without a round are left out: of rounds that are closed, or
// do not exist yet. Unlike [Client.Rounds] it costs the same whatever others create.
// [Client.Newest] goes from the newest back.
func (c *Client) RoundRange(ctx context.Context, first, end uint64) ([]*Round, error) {
	return c.selectedRange(ctx, Filter{}, first, end)
}

// Newest iterates over the same rounds, the newest first. Whoever stops early asks for
// no more: it suits lists that are shown, and rounds that are found among the newest.
// An error ends it.
func (c *Client) Newest(ctx context.Context, first, end uint64) iter.Seq2[*Round, error] {
	return func(yield func(*Round, error) bool) {
		counter, err := c.Counter(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for end := min(end, counter.Count); first < end; {
			n := min(pageSize, end-first)
			end -= n
			found, err := c.roundPages(ctx, chain.Part{}, idRange(end, n))
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range slices.Backward(found) {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// selectedRange is RoundRange for the rounds that a filter selects.
func (c *Client) selectedRange(ctx context.Context, f Filter, first, end uint64) ([]*Round, error) {
	counter, err := c.Counter(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Round
	for end = min(end, counter.Count); first < end; first += min(pageSize, end-first) {
		found, err := c.roundPages(ctx, chain.Part{}, idRange(first, min(pageSize, end-first)))
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(found, func(r *Round) bool { return !f.Match(r) })...)
	}
	return out, nil
}

// idRange are n ids from first on.
func idRange(first, n uint64) []uint64 {
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = first + uint64(i)
	}
	return ids
}

// roundPages reads rounds, or their headers, leaving out those that do not exist.
func (c *Client) roundPages(ctx context.Context, part chain.Part, ids []uint64) ([]*Round, error) {
	var out []*Round
	for page := range slices.Chunk(ids, pageSize) {
		found, err := c.chain.AccountParts(ctx, part, c.addr.rounds(page)...)
		if err != nil {
			return nil, err
		}
		for i, a := range found {
			if a.Owner != c.addr.Program {
				continue // closed, or only lamports that somebody sent there
			}
			r, err := decodeRoundOf(page[i], a)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// decodeRound reads a round, and when it was seen.
func decodeRound(a chain.Account) (*Round, error) {
	r, err := DecodeRound(a.Address, a.Data)
	if err != nil {
		return nil, err
	}
	return r.SeenAt(a.Slot), nil
}

// decodeRoundOf reads a round that must have that id.
func decodeRoundOf(id uint64, a chain.Account) (*Round, error) {
	r, err := decodeRound(a)
	if err == nil && r.ID != id {
		err = &chain.AccountError{Kind: "Round", Address: a.Address, Reason: chain.ErrBadAccount}
	}
	return r, err
}

func (a Addresses) rounds(ids []uint64) []solana.PublicKey {
	out := make([]solana.PublicKey, len(ids))
	for i, id := range ids {
		out[i] = a.Round(id)
	}
	return out
}
