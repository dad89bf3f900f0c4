package round

import (
	"context"
	"sort"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Source is where a trainer says that it keeps its submission to a round.
type Source struct {
	Address solana.PublicKey // [Addresses.Source]
	RoundID uint64           // of the round
	Trainer solana.PublicKey // who says so
	// Text is 1 to [MaxSource] visible ASCII characters, which nobody has checked
	// otherwise: what is kept there has to have the gradient's CID.
	Text string
}

// DecodeSource reads the data of a source's account.
func DecodeSource(address solana.PublicKey, data []byte) (*Source, error) {
	w, err := anchor.Decode[bindings.Source]("Source", address, bindings.Account_Source, data)
	if err != nil {
		return nil, err
	}
	text, err := anchor.Text(w.Source[:], int(w.SourceLen))
	if err == nil && checkSource(text) != nil {
		err = chain.ErrBadAccount
	}
	if err != nil {
		return nil, &chain.AccountError{Kind: "Source", Address: address, Reason: err}
	}
	return &Source{Address: address, RoundID: w.RoundId, Trainer: w.Trainer, Text: text}, nil
}

// SetSource says where the wallet keeps its submission to an active round: see the
// instruction [SetSource].
func (c *Client) SetSource(ctx context.Context, id uint64, source string) (Receipt, error) {
	return c.onRound(ctx, id, SetSource{RoundID: id, Source: source, Trainer: c.Wallet()})
}

// CloseSource gives the rent of a trainer's source back to it, a day after finalization.
func (c *Client) CloseSource(ctx context.Context, id uint64, trainer solana.PublicKey) (Receipt, error) {
	return c.onClosed(ctx, id, CloseSource{RoundID: id, Trainer: trainer, Anyone: c.Wallet()})
}

// Source reads where a trainer says that it keeps its submission to a round. The error
// wraps [chain.ErrNotFound] if it does not say.
func (c *Client) Source(ctx context.Context, id uint64, trainer solana.PublicKey) (*Source, error) {
	return readOne(ctx, c, "Source", c.addr.Source(id, trainer), DecodeSource)
}

// Sources reads where the trainers of a round say that they keep their submissions, in no
// order. Not all of them may.
func (c *Client) Sources(ctx context.Context, id uint64) ([]*Source, error) {
	return readAll(ctx, c, "Source", bindings.Account_Source, DecodeSource, memcmp(atRoundID, le(id)))
}

// SourcesOf reads the sources of one trainer, whose rent it gets back once their rounds are
// over ([Round.CanCloseSource]), ordered by round.
func (c *Client) SourcesOf(ctx context.Context, trainer solana.PublicKey) ([]*Source, error) {
	all, err := readAll(ctx, c, "Source", bindings.Account_Source, DecodeSource, memcmp(atWorker, trainer[:]))
	sort.Slice(all, func(i, j int) bool { return all[i].RoundID < all[j].RoundID })
	return all, err
}

// sourceSize is that of a source's account, in bytes.
const sourceSize = 178

// RentOfSource is what the first [Client.SetSource] in a round takes out of the wallet
// beside the fee, in lamports. It comes back when the source is closed.
func RentOfSource() uint64 { return rentExempt(sourceSize) }
