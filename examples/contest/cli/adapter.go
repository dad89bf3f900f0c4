package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
)

// adapting are the flags of adapter.
type adapting struct {
	net   networkFlag
	which reference
	epoch int
	place int
	miner string
	test  string
	out   string
	merge string
	force bool
}

func adapterCommand() app.Command {
	return app.Command{
		Name: "adapter", Summary: "write what an epoch's best data has taught, as Python's PEFT saves it: adapter --netuid 12 -o adapter",
		Long: `Fetches what was submitted, as the chain names it, and trains on it as validators do, to the same bits: the score is compared
with the chain's, and nothing is written where it is another one, as of copies, on which nobody has trained. The directory gets
adapter_model.safetensors and adapter_config.json. No wallet is needed. Ctrl-C leaves nothing behind.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			a := &adapting{}
			a.net.bind(fs)
			a.which.bind(fs)
			fs.Var(app.Int(&a.epoch, 1, decloud.MaxEpochs), "epoch", "`number` of the epoch (default: the newest that is finalized)")
			fs.Var(app.Int(&a.place, 1, round.MaxGradients), "place", "take the submission of this `place` in it, by score (default 1: the best)")
			fs.StringVar(&a.miner, "miner", "", "take the submission of this `wallet` in it")
			fs.Var(app.Path(&a.test), "test", "`path` of your own copy of the test split, in a form that \"dataset set\" takes")
			fs.Var(app.Path(&a.out), "output", "`directory` to write (default: adapter)")
			app.Alias(fs, "o", "output")
			fs.Var(app.Path(&a.merge), "merge", "`directory` to write the contest's package to, with the adapter in its weights: the base of another contest, without the sealed test")
			fs.BoolVar(&a.force, "force", false, "replace what is there already")
			return a.run
		},
	}
}

func (a *adapting) run(ctx context.Context, c *app.Call) error {
	if a.place > 0 && a.miner != "" {
		return app.Usagef("--place and --miner both say whose: leave one out")
	}
	dir := first(a.out, "adapter")
	if err := a.free(dir); err != nil {
		return err
	}
	cfg, err := load(c)
	if err != nil {
		return err
	}
	if err := a.net.apply(cfg); err != nil {
		return err
	}
	rounds, err := c.Chain(&cfg.Common)
	if err != nil {
		return err
	}
	defer rounds.Chain().Close()
	of, err := a.which.find(ctx, c, rounds)
	if err != nil {
		return err
	}
	store, err := c.Store(&cfg.Common)
	if err != nil {
		return err
	}
	client := &decloud.Client{Chain: rounds.Chain(), Rounds: rounds, Store: store}
	standings, err := client.Standings(ctx, of.creator, of.pkg)
	if err != nil {
		return err
	}
	o := decloud.AdapterOptions{MaxBytes: int64(cfg.Memory) << 20, MaxMultiplyAdds: math.Inf(1)}
	if o.Epoch, o.Entry, err = a.choose(standings); err != nil {
		return err
	}
	defer c.Working()()
	if err := a.subject(ctx, c, cfg, client, of, &o); err != nil {
		return err
	}
	v := adapterView{Path: dir, Contest: of.String(), Epoch: o.Epoch.Number, Round: o.Epoch.Round.ID, Miner: o.Entry.Trainer.String(), CID: app.Plain(o.Entry.CID),
		Chain: o.Entry.Score, Base: o.Epoch.Round.BaseAccuracy, Targets: o.Package.Config.Task.Adapter.Targets}
	c.Note("epoch %d, round #%d: training on what %s has submitted, %s…", v.Epoch, v.Round, v.Miner, v.CID)
	adapter, score, err := client.Adapter(ctx, o)
	if err != nil {
		return err
	}
	v.Score, v.Merged = score, a.merge
	if err := a.write(ctx, dir, adapter, o); err != nil {
		return err
	}
	return c.Print(v, v.write)
}

// write writes the adapter, and the package that it is merged into.
func (a *adapting) write(ctx context.Context, dir string, adapter lora.Adapter, o decloud.AdapterOptions) error {
	if err := a.free(dir); err != nil { // somebody else may have written one meanwhile
		return err
	}
	if a.merge == "" {
		return adapter.Write(dir)
	}
	merged, err := adapter.MergePackage(ctx, o.Package, o.Test)
	if err != nil {
		return err
	}
	err = merged.Write(a.merge)
	if errors.Is(err, fs.ErrExist) && a.force {
		err = merged.Replace(a.merge)
	}
	if err != nil {
		return err
	}
	return adapter.Write(dir)
}

// adapterView is what adapter shows. Scores are hundredths of a percent.
type adapterView struct {
	Path    string   `json:"path"`
	Merged  string   `json:"merged,omitempty"` // path of the package
	Contest string   `json:"contest"`
	Epoch   int      `json:"epoch"`
	Round   uint64   `json:"round"`
	Miner   string   `json:"miner"`
	CID     string   `json:"cid"`
	Score   uint32   `json:"score_bps"`
	Chain   uint32   `json:"score_on_chain_bps"`
	Base    uint32   `json:"base_bps"`
	Targets []string `json:"targets"`
}

func (v adapterView) write(w io.Writer) {
	fmt.Fprintln(w, v.Path)
	if v.Merged != "" {
		fmt.Fprintln(w, v.Merged)
	}
	app.Fields(w, "Miner", v.Miner, "Score", fmt.Sprintf("%s, on the chain %s, base %s", rating.FormatAccuracy(v.Score), rating.FormatAccuracy(v.Chain), rating.FormatAccuracy(v.Base)))
}

// free refuses a directory in which there is an adapter, and one for the package that is there.
func (a *adapting) free(dir string) error {
	if _, err := os.Lstat(a.merge); a.merge != "" && err == nil && !a.force {
		return fmt.Errorf("%s: %w: --force replaces it, --merge writes elsewhere", a.merge, fs.ErrExist)
	}
	for _, name := range []string{lora.ConfigFile, lora.WeightsFile} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !a.force {
			return fmt.Errorf("%s: %w: --force replaces it, -o writes elsewhere", filepath.Join(dir, name), fs.ErrExist)
		}
	}
	return nil
}

// choose finds the submission that the flags name.
func (a *adapting) choose(s decloud.Standings) (epoch decloud.Epoch, entry decloud.Entry, err error) {
	for _, e := range s.Epochs {
		if e.Round.Status == round.Finalized && (a.epoch == 0 || a.epoch == e.Number) {
			epoch = e
		}
	}
	if epoch.Round == nil && a.epoch > 0 {
		return epoch, entry, fmt.Errorf("epoch %d is not finalized, or its round is closed and gone", a.epoch)
	}
	if epoch.Round == nil {
		return epoch, entry, errors.New("no epoch of the contest is finalized, or their rounds are closed and gone")
	}
	list := slices.DeleteFunc(slices.Clone(epoch.Entries), func(e decloud.Entry) bool { return !e.Scored })
	slices.SortStableFunc(list, func(a, b decloud.Entry) int { return int(b.Score) - int(a.Score) })
	place := max(a.place, 1) - 1
	if a.miner != "" {
		place = slices.IndexFunc(list, func(e decloud.Entry) bool { return e.Trainer.String() == a.miner })
	}
	if place < 0 {
		return epoch, entry, fmt.Errorf("--miner: %s has no scored submission in epoch %d", app.Plain(a.miner), epoch.Number)
	}
	if place >= len(list) {
		return epoch, entry, fmt.Errorf("epoch %d has %d scored submissions", epoch.Number, len(list))
	}
	return epoch, list[place], nil
}

// subject fetches what the contest is about.
func (a *adapting) subject(ctx context.Context, c *app.Call, cfg *config, client *decloud.Client, of contest, o *decloud.AdapterOptions) (err error) {
	var id dataset.ID
	if o.Package, id, err = fetchPackage(ctx, c, client, of); err != nil {
		return err
	}
	if o.Package.Config.Task == nil {
		return errors.New("the contest's package has no task: its rounds are about heads")
	}
	if o.Test, err = openTest(ctx, c, cfg, id, a.test); err != nil {
		return err
	}
	hub, err := c.HubOptions(&cfg.Common)
	if err != nil {
		return err
	}
	o.Sources = func(text string) (storage.Fetcher, error) { return huggingface.Open(text, hub) }
	tell := c.Progress("training", "steps")
	o.OnStep = func(done, steps int) { tell(int64(done), int64(steps)) }
	return nil
}
