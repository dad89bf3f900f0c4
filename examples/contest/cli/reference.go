package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// contest is one: of a wallet, about a package.
type contest struct {
	creator solana.PublicKey
	pkg     cid.Cid
}

func (c contest) String() string { return c.creator.String() + "/" + c.pkg.String() }

// epoch is which of the contest's epochs a round is; 0: none.
func (c contest) epoch(r *round.Round) int {
	if r.Creator != c.creator {
		return 0
	}
	return decloud.EpochOf(r, c.pkg)
}

// reference is --netuid: how a contest is named.
type reference string

func (r *reference) bind(fs *flag.FlagSet) {
	fs.StringVar((*string)(r), "netuid", "", "the `contest`: the number of a round that is one of its epochs, or CREATOR/CID of its package")
	app.Alias(fs, "contest", "netuid")
}

// find returns the contest that is named.
func (r reference) find(ctx context.Context, c *app.Call, rounds *round.Client) (found contest, err error) {
	if r == "" {
		return found, app.Usagef("which contest? --netuid ROUND or --netuid CREATOR/CID; whoever created it has been shown both")
	}
	if creator, pkg, ok := strings.Cut(string(r), "/"); ok {
		if found.creator, err = solana.PublicKeyFromBase58(creator); err != nil {
			return found, app.Usagef("--netuid: what stands before the / is not an address")
		}
		if found.pkg, err = storage.ParseCID(pkg); err != nil {
			return found, app.Usagef("--netuid: %v", err)
		}
		return found, nil
	}
	id, err := app.ParseRoundID(string(r))
	if err != nil {
		return found, app.Usagef("--netuid: expected a round's number, such as 12, or CREATOR/CID")
	}
	of, err := rounds.Round(ctx, id)
	if errors.Is(err, chain.ErrNotFound) {
		return found, fmt.Errorf("%w; if its account was closed, name the contest by CREATOR/CID", app.AboutRound(id, err))
	}
	if err != nil {
		return found, err
	}
	if found.pkg, err = storage.ParseCID(of.ModelCID); err != nil || decloud.EpochOf(of, found.pkg) == 0 {
		return found, fmt.Errorf("round %d is no epoch of a contest: %s", id, c.Other("validator", fmt.Sprintf("round-info %d", id)))
	}
	found.creator = of.Creator
	return found, nil
}
