package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// config are the trainer's settings, by the kit's names and with its defaults.
type config struct {
	app.Common
	mining
	Datasets       app.Names   `json:"datasets"`
	MinReward      app.SOL     `json:"min_reward"`
	MaxReward      app.SOL     `json:"max_reward"`
	MinQuorum      int         `json:"min_quorum"`
	MaxBond        app.SOL     `json:"max_bond"`
	Terms          string      `json:"terms"`
	Holdouts       string      `json:"holdouts"`
	Epochs         int         `json:"epochs"`
	BatchSize      int         `json:"batch_size"`
	LearningRate   float64     `json:"learning_rate"`
	MaxBatches     int         `json:"max_batches"`
	MaxConcurrent  int         `json:"max_concurrent_rounds"`
	AutoTrain      bool        `json:"auto_train"`
	AutoClaim      bool        `json:"auto_claim"`
	PollInterval   app.Seconds `json:"poll_interval"`
	NoiseEnabled   bool        `json:"noise_enabled"`
	NoiseScale     float64     `json:"noise_scale"`
	Privacy        float64     `json:"privacy_noise"`
	PrivacyNorm    float64     `json:"privacy_norm"`
	PrivacyHeads   int         `json:"privacy_releases"`
	Seed           uint64      `json:"seed"`
	TestEmbeddings bool        `json:"test_embeddings"`
	MinBalance     app.SOL     `json:"min_balance"`
	MaxSpending    app.SOL     `json:"max_spending"`
	Memory         int         `json:"memory"`
	TrainTimeout   app.Seconds `json:"train_timeout"`
	Checkpoint     app.Seconds `json:"checkpoint_interval"`
	ONNXRuntime    string      `json:"onnxruntime"`
	FitCommand     string      `json:"fit_command"`
	FitSecrets     app.Names   `json:"fit_secrets"`

	public map[dataset.ID]dataset.Dataset // test splits, for rounds with sealed tests
	runner packagefmt.Runner              // of encoders; nil: the own engine
}

func newConfig() app.Config {
	return &config{Common: app.DefaultCommon(), MinQuorum: trainer.DefaultMinQuorum, MaxBond: app.SOL(trainer.DefaultMaxBond), Epochs: 1, BatchSize: 32, LearningRate: 0.001,
		MaxConcurrent: 1, AutoTrain: true, AutoClaim: true, PollInterval: app.Seconds(5 * time.Second), NoiseScale: 0.001, PrivacyNorm: 1, PrivacyHeads: 1,
		Memory: 4096, Checkpoint: app.Seconds(time.Minute)}
}

// Settings implements app.Config.
func (c *config) Settings() []app.Setting {
	return append(append(c.Common.Settings(), c.settings()...),
		app.Setting{Key: "datasets", Help: "data sets to train on, `names` with commas between; any: all that there is data for", Value: &c.Datasets},
		app.Setting{Key: "min_reward", Help: "least reward of a round, `SOL`; 0: 0.01, the least that pays its fees however many take part", Value: &c.MinReward},
		app.Setting{Key: "max_reward", Help: "greatest reward of a round, `SOL`; 0: no limit", Value: &c.MaxReward},
		app.Setting{Key: "min_quorum", Help: "least number of `scores` that a round must ask for; below 3, one validator decides", Value: app.Int(&c.MinQuorum, 1, rating.MaxValidations)},
		app.Setting{Key: "max_bond", Help: "most `SOL` that a fair round may have you put up, which you lose if your submission is no better than the base; 0: none", Value: &c.MaxBond},
		app.Setting{Key: "terms", Help: "what is demanded of a round's terms, `auto|fair|any`; fair: sealed, with committed scores and stakes; auto: that, and nothing on networks for development", Value: app.Text(&c.Terms, checkTerms)},
		app.Setting{Key: "holdouts", Help: "`addresses` of creators whose sealed tests you take, with commas between, or any; who sealed a test could tell a trainer what on", Value: app.Text(&c.Holdouts, checkHoldouts)},
		app.Setting{Key: "epochs", Help: "`number` of times that every sample is seen", Value: app.Int(&c.Epochs, 1, 1e6)},
		app.Setting{Key: "batch_size", Help: "`samples` in a step", Value: app.Int(&c.BatchSize, 1, 1<<20)},
		app.Setting{Key: "learning_rate", Help: "learning `rate` of Adam", Value: app.Float(&c.LearningRate, math.SmallestNonzeroFloat64, 10)},
		app.Setting{Key: "max_batches", Help: "end each epoch after this `number` of batches; 0: all", Value: app.Int(&c.MaxBatches, 0, math.MaxInt32)},
		app.Setting{Key: "max_concurrent_rounds", Help: "`number` of rounds trained at a time", Value: app.Int(&c.MaxConcurrent, 1, 64)},
		app.Setting{Key: "auto_train", Help: "train by itself after joining", Value: app.Bool(&c.AutoTrain)},
		app.Setting{Key: "auto_claim", Help: "claim rewards by itself", Value: app.Bool(&c.AutoClaim)},
		app.Setting{Key: "poll_interval", Help: "`seconds` between two looks at the chain; after news from a websocket, a quarter of them at most; 0: the default, 5", Value: &c.PollInterval},
		app.Setting{Key: "noise_enabled", Help: "blur the trained weights before they are published; no privacy is promised", Value: app.Bool(&c.NoiseEnabled)},
		app.Setting{Key: "noise_scale", Help: "strength of noise_enabled: a `ratio` to a tensor's root mean square", Value: app.Float(&c.NoiseScale, 0, 1)},
		app.Setting{Key: "privacy_noise", Help: "release heads with differential privacy: the noise, in `multiples` of privacy_norm; 0: off", Value: app.Float(&c.Privacy, 0, 1e6)},
		app.Setting{Key: "privacy_norm", Help: "the `length` that an update is clipped to", Value: app.Float(&c.PrivacyNorm, math.SmallestNonzeroFloat64, 1e6)},
		app.Setting{Key: "privacy_releases", Help: "`number` of heads that this data will be used for in all; the privacy budget shown is for all of them", Value: app.Int(&c.PrivacyHeads, 1, math.MaxInt32)},
		app.Setting{Key: "seed", Help: "`number` that decides the order of samples; 0: follows from the wallet", Value: app.Uint(&c.Seed)},
		app.Setting{Key: "test_embeddings", Help: "where a package has no encoder, train on its own test embeddings", Value: app.Bool(&c.TestEmbeddings)},
		app.Setting{Key: "min_balance", Help: "`SOL` that stay in the wallet, whatever there is to train", Value: &c.MinBalance},
		app.Setting{Key: "max_spending", Help: "most `SOL` that leave the wallet in 24 hours, fees and rent included, whether it comes back or not; 0: any", Value: &c.MaxSpending},
		app.Setting{Key: "memory", Help: "`MiB` of packages, embeddings and heads in memory at a time; the process takes 192 beyond that and its data", Value: app.Int(&c.Memory, 256, 1<<20)},
		app.Setting{Key: "train_timeout", Help: "`seconds` that one round may take to train; 0: until its submissions close", Value: &c.TrainTimeout},
		app.Setting{Key: "checkpoint_interval", Help: "`seconds` between checkpoints of a training: as much is lost in a crash; 0: the default, 60", Value: &c.Checkpoint},
		app.RunnerSetting(&c.ONNXRuntime),
		app.Setting{Key: "fit_command", Help: "`command` that trains heads in place of decloud's engine, such as python3 fit.py (trainer/fit/external/CONTRACT.md)", Value: app.Text(&c.FitCommand, checkFitCommand)},
		app.Setting{Key: "fit_secrets", Help: "`names` of variables of the environment that fit_command gets although they hold secrets, such as WANDB_API_KEY, with commas between", Value: &c.FitSecrets},
	)
}

// load reads the settings.
func load(c *app.Call) (*config, error) {
	cfg := newConfig().(*config)
	return cfg, c.Load(cfg)
}

// policy says which rounds are taken without being asked.
func (c *config) policy() trainer.Policy {
	p := trainer.Policy{MinReward: uint64(c.MinReward), MaxReward: uint64(c.MaxReward), MinQuorum: uint8(c.MinQuorum), MaxBond: max(uint64(c.MaxBond), 1),
		Terms: demands[strings.ToLower(c.Terms)]}
	p.Holdouts, p.AnyHoldout, _ = parseHoldouts(c.Holdouts)
	if c.DataOnly {
		p.Task = round.TaskData
	}
	return p
}

// demands are what the setting terms stands for; nil is for the network to say.
var demands = map[string]*trainer.Terms{"fair": new(trainer.FairTerms()), "any": {}}

func checkTerms(text string) error {
	if text = strings.ToLower(text); text != "auto" && demands[text] == nil {
		return errors.New("expected auto, fair or any")
	}
	return nil
}

func checkHoldouts(text string) error {
	_, _, err := parseHoldouts(text)
	return err
}

// parseHoldouts reads the creators whose sealed tests are taken. Where one of them is no
// address, none are.
func parseHoldouts(text string) (creators []solana.PublicKey, anybody bool, err error) {
	if strings.EqualFold(text, "any") {
		return nil, true, nil
	}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		key, err := solana.PublicKeyFromBase58(word)
		if err != nil {
			return nil, false, errors.New("expected addresses of creators, with commas between, or any")
		}
		creators = append(creators, key)
	}
	return creators, false, nil
}

// training says how to train. Two trainers with the same data must not come to
// the same head, which would be a copy: the seed is a wallet's own.
func (c *config) training(client *decloud.Client) fit.Options {
	o := fit.Options{Epochs: c.Epochs, BatchSize: c.BatchSize, LearningRate: c.LearningRate, MaxBatches: c.MaxBatches, Seed: c.Seed}
	if o.Seed == 0 {
		wallet := client.Chain.Wallet()
		o.Seed = binary.BigEndian.Uint64(wallet[:8])
	}
	if c.NoiseEnabled {
		o.WeightNoise = c.NoiseScale
	}
	if c.Privacy > 0 {
		o.Privacy = &fit.Privacy{MaxNorm: c.PrivacyNorm, NoiseMultiplier: c.Privacy, Releases: c.PrivacyHeads}
	}
	return o
}

// worker configures a worker that takes what the settings say.
func (c *config) worker(call *app.Call, client *decloud.Client, data map[dataset.ID]dataset.Dataset, observer func(trainer.Event)) trainer.Config {
	return trainer.Config{Rounds: client.Rounds, Store: client.Store, Data: data, Public: c.public, Submit: c.submit, Dir: filepath.Join(call.Home, "training"), Policy: c.policy(),
		Training: c.training(client), Parallel: c.MaxConcurrent, Poll: time.Duration(c.PollInterval), NoTrain: !c.AutoTrain, NoClaim: !c.AutoClaim,
		TestEmbeddings: c.TestEmbeddings, Observer: observer, MinBalance: uint64(c.MinBalance), MaxSpending: uint64(c.MaxSpending),
		Runner: c.runner, OnEmbed: call.Embedded, Fit: c.fitBy(call), Memory: int64(c.Memory) << 20, TrainTimeout: time.Duration(c.TrainTimeout), Checkpoint: time.Duration(c.Checkpoint)}
}

// byHand configures a worker for rounds that the user has chosen, whatever they
// pay. It keeps its runs elsewhere, so that it can work beside a daemon.
func (c *config) byHand(call *app.Call, client *decloud.Client, data map[dataset.ID]dataset.Dataset, observer func(trainer.Event)) trainer.Config {
	w := c.worker(call, client, data, observer)
	w.Dir, w.Policy = filepath.Join(call.Home, "by-hand"), c.least()
	return w
}

// least is the policy for rounds that the user has chosen.
func (c *config) least() trainer.Policy {
	p := c.policy()
	p.MinReward, p.MaxReward = 1, 0
	return p
}

// part is what of a data set is trained on. Without an encoder there is nothing
// but the package's test embeddings, whose labels are the test split's.
func (c *config) part() dataset.Part {
	if c.TestEmbeddings {
		return dataset.Test
	}
	return dataset.Train
}

// data opens the trainer's data, and where it takes rounds with sealed tests, the public ones; none, where it takes data
// rounds only.
func (c *config) data(ctx context.Context, call *app.Call) (data map[dataset.ID]dataset.Dataset, err error) {
	if err := c.openSubmit(call); err != nil {
		return nil, err
	}
	if c.DataOnly && len(c.submit) == 0 {
		return nil, app.Usagef("data_only: there is nothing to submit: %s", call.Command("config --set submit=DATASET=DIRECTORY"))
	}
	if c.DataOnly {
		return nil, nil
	}
	if c.Holdouts != "" {
		if c.public, err = call.OpenData(ctx, &c.Common, c.Datasets, dataset.Test); err != nil {
			call.Note("no public test split to train on beside your own data: %v", err)
		}
	}
	return call.OpenData(ctx, &c.Common, c.Datasets, c.part())
}
