package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	creator "github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// Of the seed's network: a block takes 12 s, which is 30 slots.
const slotsPerBlock = 30

// plan are the flags of create.
type plan struct {
	net       networkFlag
	recipe    creator.Recipe
	dir       string
	reward    app.SOL
	epochs    int
	blocks    int
	slots     int
	window    app.Seconds
	quorum    int
	minRating app.Stars
	fair      creator.Fair
	yes       bool
}

func createCommand() app.Command {
	return app.Command{
		Name: "create", Summary: "open the epochs of a contest: create --package DIR -r 0.5 --epochs 10",
		Long: `Each epoch is a fair data round about the same package, sealed, and paid by the win rate. The next one is opened when the
last is over, and its reward is locked then; what nobody earned comes back. It keeps no books: killed at any point and
started again with the same flags it goes on where it was.
The package is a directory that "decloud-creator build --task task.json" has written, or is made of a model here: -m, -d and
--task, with the flags of that command. The contest's name is this wallet and the package's CID. With --holdout it has one
epoch, since the key of its sealed test is public after that; create must run when submissions close, to reveal it. Ctrl-C stops it (exit
status 130): the epoch that is open stays open, and is finalized by whoever comes first.`,
		Bind: func(fs *flag.FlagSet) app.Action {
			p := &plan{}
			p.net.bind(fs)
			p.recipe, p.fair = creator.BindRecipe(fs), creator.BindFair(fs)
			fs.Var(app.Path(&p.dir), "package", "`directory` of a package with a task")
			fs.Var(&p.reward, "reward", "`SOL` of each epoch")
			app.Alias(fs, "r", "reward")
			fs.Var(app.Int(&p.epochs, 1, decloud.MaxEpochs), "epochs", "`number` of epochs in all, those before a restart included (default 1)")
			fs.Var(app.Int(&p.blocks, 1, math.MaxInt32/slotsPerBlock), "blocks_per_epoch", "take submissions for so many `blocks` of 12 s, which are 30 slots each (default 100: 20 minutes)")
			fs.Var(app.Int(&p.slots, 1, math.MaxInt32), "submission-slots", "--blocks_per_epoch in `slots` of about 0.4 s")
			fs.Var(&p.window, "window", "`time` for each of publishing, committing to scores and revealing them (default 5m, on localnet 10s)")
			fs.Var(app.Int(&p.quorum, rating.MinJudges, rating.MaxValidations), "quorum", "`scores` that the base and each submission need (default: 5 of a committee; 3 where too few have staked for one)")
			fs.Var(&p.minRating, "min-rating", "`stars` that miners need, 1.0 to 5.0 (default 1.0: everybody)")
			fs.BoolVar(&p.yes, "yes", false, "do not ask before rewards are locked")
			return p.run
		},
	}
}

// check looks at the flags.
func (p *plan) check(local bool) error {
	if p.reward == 0 {
		return app.Usagef("a reward of each epoch is needed: -r SOL, such as -r 0.5")
	}
	if p.recipe.Given() == (p.dir != "") {
		return app.Usagef("a package is needed: --package DIR, or a model for it: -m MODEL -d DATASET --task task.json")
	}
	if p.blocks > 0 && p.slots > 0 {
		return app.Usagef("--blocks_per_epoch and --submission-slots say the same: leave one out")
	}
	if p.slots == 0 {
		p.slots = decloud.DefaultEpochSlots
	}
	if p.blocks > 0 {
		p.slots = p.blocks * slotsPerBlock
	}
	if p.epochs = max(p.epochs, 1); p.epochs > 1 && p.fair.Holdout() != "" {
		return app.Usagef("--holdout goes with one epoch, since the key of its sealed test is public after that: start a contest for each test")
	}
	if err := p.fair.Check(p.reward, p.quorum); err != nil {
		return err
	}
	if p.window == 0 {
		p.window = app.Seconds(5 * time.Minute)
		if local {
			p.window = app.Seconds(10 * time.Second)
		}
	}
	return nil
}

// pace is that of each epoch: slots close submissions, the time that Submit says only if slots are slow.
func (p *plan) pace() decloud.Pace {
	open := time.Duration(p.slots) * round.SlotTime
	window := time.Duration(p.window).Truncate(time.Second)
	return decloud.Pace{Opens: min(time.Minute, open/4).Truncate(time.Second), Submit: max(open+open/2, 80*time.Second).Truncate(time.Second), Publish: window, Commit: window}
}

func (p *plan) run(ctx context.Context, c *app.Call) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	if err := p.net.apply(cfg); err != nil {
		return err
	}
	if err := p.check(cfg.Network == "localnet"); err != nil {
		return err
	}
	if err := c.CanPublish(&cfg.Common); err != nil {
		return err
	}
	client, err := c.Client(&cfg.Common)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := c.Program(ctx, client.Rounds); err != nil {
		return err
	}
	pkg, test, err := p.packageOf(ctx, c, cfg)
	if err != nil {
		return err
	}
	change, err := p.seal(ctx, c, cfg, client, &pkg, test)
	if err != nil {
		return err
	}
	terms, err := p.terms(ctx, client, pkg, change)
	if err != nil {
		return err
	}
	if err := p.agree(ctx, c, client, pkg, terms); err != nil {
		return err
	}
	if c.Dry() {
		return p.rehearse(ctx, c, client, pkg, terms)
	}
	defer c.Live(ctx, client.Rounds, nil)()
	h := &host{call: c, tell: c.Teller(), wallet: client.Rounds.Wallet().String(), plan: p}
	return c.Serve(ctx, func(ctx context.Context) error {
		return client.Contest(ctx, decloud.ContestConfig{Package: pkg, Reward: uint64(p.reward), Epochs: p.epochs, SubmissionSlots: uint32(p.slots),
			Pace: p.pace(), MinRating: rating.Stars(p.minRating), Quorum: uint8(p.quorum), Change: p.change(terms, change), Poll: cfg.poll(), Observer: h.observe})
	})
}

// packageOf reads the package, or makes it; test is the public one then.
func (p *plan) packageOf(ctx context.Context, c *app.Call, cfg *config) (pkg *packagefmt.Package, test dataset.Dataset, err error) {
	if p.dir != "" {
		if _, err = os.Stat(p.dir); errors.Is(err, os.ErrNotExist) {
			return nil, nil, fmt.Errorf("there is no package in %s: decloud-creator build --task FILE -o DIR makes one of a model, and so do -m, -d and --task here", p.dir)
		}
		if pkg, err = packagefmt.Read(os.DirFS(p.dir)); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.dir, err)
		}
	} else if pkg, test, err = p.recipe.Build(ctx, c, cfg.Common); err != nil {
		return nil, nil, err
	}
	if pkg.Config.Task == nil {
		return nil, nil, app.Usagef("the package has no task, so that rounds of it are about heads: make one with --task task.json")
	}
	return pkg, test, nil
}

// planView is what the epochs will be like. Amounts are lamports, times seconds from an epoch's start.
type planView struct {
	Dataset string  `json:"dataset"`
	Kind    string  `json:"rows"`
	Most    int     `json:"rows_max"`
	Steps   int     `json:"training_steps"`
	Metric  string  `json:"metric"`
	Epochs  int     `json:"epochs"`
	Reward  uint64  `json:"reward_lamports"` // of each epoch
	Slots   int     `json:"submission_slots"`
	Opens   float64 `json:"submissions_open_after"`
	Closes  float64 `json:"submissions_close_after"` // about
	Paid    float64 `json:"deadline_after"`
	Quorum  uint8   `json:"quorum"`
	Bond    uint64  `json:"bond_lamports"`
	Drawn   uint8   `json:"committee"` // 0: none
	Stake   uint64  `json:"min_validator_stake_lamports"`
	Sealed  bool    `json:"sealed_test"`
	Note    string  `json:"note,omitempty"`
}

func (v planView) write(w io.Writer) {
	seconds := func(s float64) string { return app.Duration(time.Duration(s * float64(time.Second))) }
	app.Fields(w, "Dataset", v.Dataset, "Rows", fmt.Sprintf("%s, up to %d of them", v.Kind, v.Most), "Training", fmt.Sprintf("%d steps, whatever the size of the data", v.Steps),
		"Metric", v.Metric, "Epochs", fmt.Sprintf("%d of %s SOL each, locked as each is opened", v.Epochs, chain.FormatSOL(v.Reward)),
		"Submissions", fmt.Sprintf("from %s to %s, for %d slots", seconds(v.Opens), seconds(v.Closes), v.Slots), "Paid", "from "+seconds(v.Paid)+" on, as a rule",
		"Quorum", fmt.Sprintf("%d scores", v.Quorum), "Committee", drawn(v.Drawn), "Test", map[bool]string{true: "sealed", false: "public"}[v.Sealed], "Bond", chain.FormatSOL(v.Bond)+" SOL of each submission", "Validator stake", chain.FormatSOL(v.Stake)+" SOL at least")
	if v.Note != "" {
		fmt.Fprintln(w, "  note: "+v.Note)
	}
}

// drawn says who scores.
func drawn(committee uint8) string {
	if committee == 0 {
		return "none: all who have the stake may score"
	}
	return fmt.Sprintf("%d validators, about, by lot", committee)
}

// agree shows the terms, and asks, unless this is a dry run.
func (p *plan) agree(ctx context.Context, c *app.Call, client *decloud.Client, pkg *packagefmt.Package, terms decloud.Terms) error {
	pace, task := p.pace(), pkg.Config.Task
	v := planView{Dataset: app.Plain(pkg.Config.Metadata.Dataset), Kind: string(task.Schema.Kind), Most: task.Rows.Max, Steps: task.Steps(), Metric: string(task.Metric),
		Epochs: p.epochs, Reward: uint64(p.reward), Slots: p.slots, Opens: pace.Opens.Seconds(), Closes: (time.Duration(p.slots) * round.SlotTime).Seconds(),
		Paid: pace.Paid().Seconds(), Quorum: terms.Options.MinPostvalidations, Bond: terms.Fair.Bond, Drawn: terms.Fair.Committee, Stake: terms.Options.MinValidatorStake,
		Sealed: terms.Fair.Holdout != [32]byte{}, Note: app.Words(decloud.ErrPublicTest)}
	if v.Sealed {
		v.Note = "a sealed test: create must run when submissions close, which reveals its key. Without the key its public test counts, and what nobody earned is the treasury's"
	}
	if !c.Dry() {
		v.write(c.Err)
	} else if err := c.Print(v, v.write); err != nil {
		return err
	}
	has, err := client.Chain.Balance(ctx, client.Rounds.Wallet())
	if err != nil {
		return err
	}
	if has < uint64(p.reward) {
		return fmt.Errorf("%s has %s SOL, and %s are to be locked: %w", client.Rounds.Wallet(), chain.FormatSOL(has), p.reward.String(), chain.ErrInsufficientFunds)
	}
	if err := terms.Check(); err != nil {
		return fmt.Errorf("nothing was published or paid: %w (--committee none lets everybody score who stakes)", err)
	}
	if c.Dry() || p.yes {
		return nil
	}
	fmt.Fprintf(c.Err, "Open up to %d epochs on these terms, and lock %s SOL in each? yes or no [no]: ", p.epochs, p.reward.String())
	if text, err := answer(ctx, c.In); err != nil || strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), "y") {
		return err
	}
	return app.Usagef("nothing was published or paid: answer yes, or say --yes")
}

// answer reads a line, unless it is interrupted first.
func answer(ctx context.Context, in io.Reader) (string, error) {
	read := make(chan string, 1)
	go func() { // a reader of a terminal cannot be interrupted
		text, _ := bufio.NewReader(io.LimitReader(in, 64)).ReadString('\n')
		read <- text
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case text := <-read:
		return text, nil
	}
}

// host tells what a contest does.
type host struct {
	call   *app.Call
	tell   *app.Teller
	wallet string
	plan   *plan
}

// observe tells an event.
func (h *host) observe(e decloud.ContestEvent) {
	out := app.Event{Kind: string(e.Kind), Epoch: e.Epoch, Signature: e.Signature}
	if e.RoundID > 0 || e.Epoch > 0 {
		out.Round = &e.RoundID
	}
	switch e.Kind {
	case decloud.ContestStarted:
		out.CID = e.CID.String()
		h.tell.Tell(out, "contest %s/%s\nresults: %s", h.wallet, e.CID, h.call.Command(fmt.Sprintf("standings --netuid %s/%s", h.wallet, e.CID)))
	case decloud.ContestWarned: // was shown with the terms
	case decloud.ContestOpened:
		out.Lamports = &e.Lamports
		h.tell.Tell(out, "epoch %d is open: %s SOL are locked\n%s", e.Epoch, chain.FormatSOL(e.Lamports), h.plan.timetable(time.Now()))
	case decloud.ContestWithdrawn:
		out.Lamports = &e.Lamports
		h.tell.Tell(out, "epoch %d: %s SOL, which nobody earned, are back", e.Epoch, chain.FormatSOL(e.Lamports))
	case decloud.ContestFailed:
		out.Error = e.Err.Error()
		h.tell.Failed(out, e.Err, e.Retry)
	case decloud.ContestOver:
		h.tell.Tell(out, "all epochs are over; what comes back later: %s", h.call.Command("claim"))
	case decloud.ContestRevealed:
		h.tell.Tell(out, "the key of its sealed test is revealed")
	default:
		h.tell.Tell(out, "epoch %d: %s", e.Epoch, what[e.Kind])
	}
}

var what = map[decloud.ContestEventKind]string{
	decloud.ContestCancelled: "there was one of this number already: the second one is cancelled, its reward is back",
	decloud.ContestDrawn:     "drew the committee",
	decloud.ContestFinalized: "closed: everything has its scores, or its deadline is over",
	decloud.ContestClosed:    "the rent of its round is back",
}
