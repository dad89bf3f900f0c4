package chain

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
)

// History says what [Client.History] reads.
type History struct {
	// Since ends the reading at the transaction that has this signature, one that
	// names the address too; it is not reported itself. Default: as far back as the
	// node keeps transactions.
	Since solana.Signature
	// Before has the reading start with what came before the transaction that has
	// this signature, such as where an earlier reading ended. Default: the newest.
	Before solana.Signature
	// PageSize is how many signatures the node is asked for at once, at most 1,000.
	// Default: 100.
	PageSize int
}

// ErrPruned means that the node's history ended before [History.Since] came up, so
// what lies between may be missing.
var ErrPruned = errors.New("the node keeps none that old, or it names another address: some may be missing, ask a node that keeps more")

const (
	defaultPage = 100
	largestPage = 1_000 // that nodes accept
	// mostInSlot is more transactions than a block has room for.
	mostInSlot = 1 << 16
)

// check says what is wrong, and fills in the default.
func (h *History) check() error {
	setDefault(&h.PageSize, defaultPage)
	if h.PageSize < 1 || h.PageSize > largestPage {
		return fmt.Errorf("%w: a PageSize of %d, it can be from 1 to %d", ErrArgument, h.PageSize, largestPage)
	}
	return nil
}

// History yields the transactions that name an address and succeeded, the newest
// first. It ends with the oldest that the node keeps, which need not be the first
// that there was: many nodes keep a few days. To hear only what is new, keep the
// first signature of a reading and make it [History.Since] of the next:
//
//	for receipt, err := range c.History(ctx, address, chain.History{Since: last}) {
//		if err != nil && !receipt.Signature.IsZero() {
//			continue // this one could not be read; ask Transaction for it later
//		}
//		if err != nil {
//			return err // it ends here
//		}
//		…
//	}
//
// An error that comes with a signature is about that transaction alone, and the next
// one follows: its record may be missing ([ErrNotFound]), of a version that is not
// known, or contradict the list. Any other error ends the reading; it wraps
// [ErrPruned] if the node's history ended before Since came up.
//
// Anybody can name any address in a transaction, so a reading has no bound but what
// the node keeps: leave the loop, or end the context. What a node leaves out does not
// show, except for Since; that it repeats itself, or answers out of order, does.
func (c *Client) History(ctx context.Context, address solana.PublicKey, h History) iter.Seq2[Receipt, error] {
	return func(yield func(Receipt, error) bool) {
		if err := h.check(); err != nil {
			yield(Receipt{}, err)
			return
		}
		r := reading{History: h, client: c, address: address, yield: yield, order: pageOrder{last: h.Before}}
		for r.page(ctx) {
		}
	}
}

// reading is a history that is being read. Its methods report whether it goes on.
type reading struct {
	History
	client  *Client
	address solana.PublicKey
	yield   func(Receipt, error) bool
	order   pageOrder
}

func (r *reading) end(err error) bool {
	r.yield(Receipt{}, err)
	return false
}

// page reads the next page. Only an empty one is the end: nodes may list less than
// they were asked for.
func (r *reading) page(ctx context.Context) bool {
	all, err := r.client.signatures(ctx, r.address, r.order.last, r.PageSize)
	if err != nil {
		return r.end(err)
	}
	for _, l := range all {
		if l.signature == r.Since {
			return false
		}
		if err := r.order.next(l); err != nil {
			return r.end(err)
		}
		if !r.transaction(ctx, l) {
			return false
		}
	}
	if len(all) == 0 && !r.Since.IsZero() {
		return r.end(fmt.Errorf("chain: the history of %s does not have %s: %w", r.address, r.Since, ErrPruned))
	}
	return len(all) > 0
}

// transaction reads one that was listed and yields it, unless it failed.
func (r *reading) transaction(ctx context.Context, l listed) bool {
	if l.failed {
		return true
	}
	is, err := r.client.record(ctx, l.signature)
	switch {
	case err != nil && ctx.Err() != nil:
		return r.end(err)
	case err == nil && (is.Slot != l.slot || !slices.Contains(is.accounts, r.address)):
		err = fmt.Errorf("chain: transaction %s: its record contradicts the list of %s: %w", l.signature, r.address, errMalformedAnswer)
	case err == nil && is.refusal != nil:
		return true
	}
	if err != nil {
		return r.yield(Receipt{Signature: l.signature, Slot: l.slot}, err)
	}
	return r.yield(is.Receipt, nil)
}

// pageOrder checks that what a node lists goes back in time and repeats nothing, so
// that every list has an end.
type pageOrder struct {
	last   solana.Signature // that was listed
	slot   uint64           // of it
	inSlot map[solana.Signature]bool
}

func (o *pageOrder) next(l listed) error {
	if o.inSlot == nil || l.slot < o.slot {
		o.slot, o.inSlot = l.slot, map[solana.Signature]bool{o.last: true}
	}
	if l.slot > o.slot || o.inSlot[l.signature] || len(o.inSlot) > mostInSlot {
		return fmt.Errorf("chain: getSignaturesForAddress: %s is listed twice or out of order, use another node: %w", l.signature, errMalformedAnswer)
	}
	o.inSlot[l.signature] = true
	o.last = l.signature
	return nil
}

// signatures lists transactions that name an address.
func (c *Client) signatures(ctx context.Context, address solana.PublicKey, before solana.Signature, limit int) ([]listed, error) {
	options := rpc.M{"limit": limit, "commitment": c.recorded()}
	if !before.IsZero() {
		options["before"] = before
	}
	page := signaturePage{limit: limit}
	err := c.readRPC.RPCCallForInto(ctx, &page, "getSignaturesForAddress", []any{address, options})
	if err == nil && !page.read {
		err = fmt.Errorf("chain: getSignaturesForAddress: %w", errMalformedAnswer)
	}
	return page.all, err
}
