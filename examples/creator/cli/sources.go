package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// maxLocated is how many rounds' packages status asks the gateways for.
const maxLocated = 5

// held says which sources have the package of a round.
type held struct {
	RoundID uint64   `json:"round_id"`
	CID     string   `json:"cid"`
	By      []string `json:"held_by"`
	NotBy   []string `json:"not_held_by"` // those that say so
	Unknown []string `json:"unknown"`     // those that did not answer
}

// String is one line.
func (h held) String() string {
	list := func(names []string) string { return strings.Join(names, ", ") }
	text := "nobody has it"
	switch {
	case len(h.By) > 0:
		text = "held by " + list(h.By)
	case len(h.Unknown) > 0:
		text = "nobody is known to have it"
	}
	if len(h.NotBy) > 0 {
		text += "; not by " + list(h.NotBy)
	}
	if len(h.Unknown) > 0 {
		text += "; no answer from " + list(h.Unknown)
	}
	return app.Plain(text)
}

// sources asks the gateways for the packages of the newest rounds.
func sources(ctx context.Context, c *app.Call, cfg *config, rounds []*round.Round) ([]held, error) {
	if len(rounds) == 0 {
		return nil, nil
	}
	store, err := c.Store(&cfg.Common)
	if err != nil {
		return nil, err
	}
	newest := slices.SortedFunc(slices.Values(rounds), func(a, b *round.Round) int { return cmp.Compare(b.ID, a.ID) })
	var list []held
	for _, r := range newest[:min(len(newest), maxLocated)] {
		h, err := locate(ctx, store, r)
		if err != nil {
			return list, fmt.Errorf("round %d: %w", r.ID, err)
		}
		list = append(list, h)
	}
	return list, nil
}

func locate(ctx context.Context, store *storage.Store, r *round.Round) (held, error) {
	h := held{RoundID: r.ID, CID: r.ModelCID}
	root, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return h, err
	}
	places, err := store.Locate(ctx, root)
	for _, p := range places {
		switch {
		case p.Err == nil:
			h.By = append(h.By, p.Source)
		case errors.Is(p.Err, storage.ErrNotFound):
			h.NotBy = append(h.NotBy, p.Source)
		default:
			h.Unknown = append(h.Unknown, p.Source)
		}
	}
	return h, err
}
