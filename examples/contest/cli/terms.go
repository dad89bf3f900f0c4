package cli

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// terms are those of an epoch that is opened now. sealed puts a sealed test into them.
func (p *plan) terms(ctx context.Context, client *decloud.Client, pkg *packagefmt.Package, sealed func(*decloud.Terms)) (decloud.Terms, error) {
	of, err := client.FairTerms(ctx, decloud.LaunchOptions{Package: pkg, Reward: uint64(p.reward), Quorum: uint8(p.quorum), Pace: p.pace()})
	if err != nil {
		return of, err
	}
	of.Fair.SubmissionSlots = uint32(p.slots)
	sealed(&of)
	return p.fair.Apply(ctx, client, of)
}

// change makes the terms of an epoch those that were agreed to, however many have staked by then: who stakes on this chain
// need not score this contest, and a quorum that counts on them could be missed.
func (p *plan) change(agreed decloud.Terms, sealed func(*decloud.Terms)) func(*decloud.Terms) {
	return func(of *decloud.Terms) {
		sealed(of)
		of.Fair.Bond, of.Fair.Committee = agreed.Fair.Bond, agreed.Fair.Committee
		of.Options.MinPrevalidations, of.Options.MinPostvalidations = agreed.Options.MinPrevalidations, agreed.Options.MinPostvalidations
	}
}

// rehearse tries to open the first epoch about a package that is neither published nor kept.
func (p *plan) rehearse(ctx context.Context, c *app.Call, client *decloud.Client, pkg *packagefmt.Package, of decloud.Terms) error {
	files, err := pkg.FS()
	if err != nil {
		return err
	}
	root, err := client.Store.CID(ctx, files)
	if err != nil {
		return err
	}
	id, _ := pkg.Dataset()
	if p.epochs > 1 {
		c.DryLater(fmt.Sprintf("opening each of the %d epochs after it", p.epochs-1))
	}
	spec := round.Spec{ModelCID: root.String(), Dataset: round.Dataset(id), Reward: uint64(p.reward), MinRating: rating.Stars(p.minRating)}
	_, _, err = client.Rounds.CreateRound(ctx, of.Spec(spec))
	return err
}

// seal seals the test set that --holdout names in the package, and returns what puts it into terms. It is sealed once, and kept:
// sealing it again would make another package, of which there would be another contest.
func (p *plan) seal(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, pkg **packagefmt.Package, test dataset.Dataset) (func(*decloud.Terms), error) {
	if p.fair.Holdout() == "" {
		return func(*decloud.Terms) {}, nil
	}
	hidden, err := p.fair.Hidden(ctx, c, cfg.Common, *pkg)
	if err != nil {
		return nil, err
	}
	k, err := keeping(ctx, c, client, *pkg, hidden)
	if err != nil {
		return nil, err
	}
	hash, err := k.read(pkg)
	if errors.Is(err, fs.ErrNotExist) {
		hash, err = p.sealNew(ctx, c, cfg, k, *pkg, test, hidden)
	}
	if err != nil {
		return nil, err
	}
	return func(of *decloud.Terms) { creator.Sealed(of, hash, len(hidden.Labels)) }, nil
}

// sealNew seals a test for the first time. A dry run keeps nothing of it.
func (p *plan) sealNew(ctx context.Context, c *app.Call, cfg *config, k kept, pkg *packagefmt.Package, test dataset.Dataset, hidden packagefmt.Holdout) (hash [32]byte, err error) {
	if test == nil {
		id, ok := pkg.Dataset()
		if !ok {
			return hash, fmt.Errorf("%s: the package names no data set that is known here", p.dir)
		}
		if test, err = c.OpenDataset(ctx, &cfg.Common, id, dataset.Test); err != nil {
			return hash, err
		}
	}
	key, err := p.fair.Seal(ctx, c, pkg, test, hidden)
	if err != nil || c.Dry() {
		return key.Hash(), err
	}
	return key.Hash(), k.write(pkg, key)
}

// kept is where a package with its sealed test is, and the hash of its key beside it; the key is where the client reveals it from.
type kept struct {
	client *decloud.Client
	dir    string
}

// keeping is the place for a test of a package.
func keeping(ctx context.Context, c *app.Call, client *decloud.Client, pkg *packagefmt.Package, hidden packagefmt.Holdout) (k kept, err error) {
	files, err := pkg.FS()
	if err != nil {
		return k, err
	}
	root, err := client.Store.CID(ctx, files)
	if err != nil {
		return k, err
	}
	sum := sha256.New()
	sum.Write(root.Bytes())
	for _, label := range hidden.Labels {
		_ = binary.Write(sum, binary.LittleEndian, int64(label)) // a hash takes all
	}
	_ = binary.Write(sum, binary.LittleEndian, hidden.Samples.Data)
	return kept{client, filepath.Join(c.Home, "sealed", client.Rounds.Wallet().String(), hex.EncodeToString(sum.Sum(nil)))}, nil
}

func (k kept) hash() string { return k.dir + ".hash" }

// read reads what was kept; nothing is an error that wraps [fs.ErrNotExist].
func (k kept) read(pkg **packagefmt.Package) (hash [32]byte, err error) {
	if _, err := os.Stat(k.dir); err != nil {
		return hash, err
	}
	text, err := os.ReadFile(k.hash())
	if err != nil {
		return hash, err
	}
	if n, err := hex.Decode(hash[:], text[:min(len(text), 64)]); err != nil || n != len(hash) {
		return hash, fmt.Errorf("%s is no hash of a key: remove it and %s to seal the test anew, as another contest", k.hash(), k.dir)
	}
	*pkg, err = packagefmt.Read(os.DirFS(k.dir))
	return hash, err
}

// write keeps it: the package last, since without it nothing was kept.
func (k kept) write(pkg *packagefmt.Package, key packagefmt.HoldoutKey) error {
	if err := k.client.KeepHoldoutKey(key); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.dir), 0o700); err != nil {
		return err
	}
	hash := key.Hash()
	if err := os.WriteFile(k.hash(), []byte(hex.EncodeToString(hash[:])), 0o600); err != nil {
		return err
	}
	return pkg.Write(k.dir)
}
