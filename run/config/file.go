package config

import (
	"time"

	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
)

// FileName is the name of the file in the directory that is published.
const FileName = "config.toml"

// MaxSize is the largest file that is read, in bytes.
const MaxSize = 64 << 10

// File is a configuration file. The names are those in the file.
type File struct {
	Config Config `toml:"config"`
	Model  Model  `toml:"model"`
	Data   Data   `toml:"data,omitempty"`
}

// Config is the table [config]. Times are in seconds. [run.Settings] has the ranges.
//
// With the mean and neither MaxNorm nor a norm to clip to, one member can ruin the model
// with one update: a thousand times too large, it passes every rule, and moves the mean by
// that over the number of members. [File.Bounded] reports that.
type Config struct {
	WarmupTime                  int64   `toml:"warmup_time"`
	CooldownTime                int64   `toml:"cooldown_time"`
	RoundsPerEpoch              uint32  `toml:"rounds_per_epoch,omitempty"`
	EpochTime                   int64   `toml:"epoch_time,omitempty"`
	MaxRoundTrainTime           int64   `toml:"max_round_train_time"`
	RoundWitnessTime            int64   `toml:"round_witness_time"`
	MinClients                  uint16  `toml:"min_clients"`
	InitMinClients              uint16  `toml:"init_min_clients"`
	WitnessNodes                uint8   `toml:"witness_nodes"`
	VerificationPercent         uint8   `toml:"verification_percent"`
	GlobalBatchSizeStart        uint32  `toml:"global_batch_size_start"`
	GlobalBatchSizeEnd          uint32  `toml:"global_batch_size_end"`
	GlobalBatchSizeWarmupTokens uint64  `toml:"global_batch_size_warmup_tokens"`
	TotalSteps                  uint32  `toml:"total_steps"`
	WaitingForMembersExtraTime  int64   `toml:"waiting_for_members_extra_time"` // default 3
	Verification                string  `toml:"verification"`                   // "witness" (default) or "vote"
	Voters                      uint8   `toml:"voters,omitempty"`
	MinStake                    uint64  `toml:"min_stake,omitempty"` // base units
	SlashBps                    uint16  `toml:"slash_bps,omitempty"`
	MaxMissed                   uint8   `toml:"max_missed"`            // default 2
	MaxNorm                     float64 `toml:"max_norm,omitempty"`    // times the median norm; 0 (default): any
	MinAgreement                float64 `toml:"min_agreement"`         // cosine; −1 (default): any
	PruneAfter                  int64   `toml:"prune_after,omitempty"` // default 0: at once
	RunTime                     int64   `toml:"run_time"`              // default a year
	ClientVersion               string  `toml:"client_version,omitempty"`
}

// Model is the table [model]: a run trains a head.
type Model struct {
	Head Head `toml:"Head"`
}

// Head is the table [model.Head].
type Head struct {
	Package    string     `toml:"package"`        // CID of the model package
	BatchSize  int        `toml:"batch_size"`     // samples of a member's step; default 32
	Seed       uint64     `toml:"seed,omitempty"` // of shuffles
	Optimizer  Optimizer  `toml:"optimizer"`
	LRSchedule LRSchedule `toml:"lr_schedule"`
	Update     Update     `toml:"update,omitempty"`
	Aggregator Aggregator `toml:"aggregator,omitempty"`
	Server     Server     `toml:"server,omitempty"`
}

// Optimizer is what members train with: one of the tables.
type Optimizer struct {
	AdamW *AdamW `toml:"AdamW,omitempty"`
	Sgd   *Sgd   `toml:"Sgd,omitempty"`
}

// AdamW with PyTorch's β and ε.
type AdamW struct {
	WeightDecay  float64 `toml:"weight_decay,omitempty"`
	ClipGradNorm float64 `toml:"clip_grad_norm,omitempty"` // 0: none
	Prox         float64 `toml:"prox,omitempty"`           // μ of FedProx; 0: none
}

// Sgd is stochastic gradient descent.
type Sgd struct {
	Momentum     float64 `toml:"momentum,omitempty"`
	WeightDecay  float64 `toml:"weight_decay,omitempty"`
	ClipGradNorm float64 `toml:"clip_grad_norm,omitempty"` // 0: none
	Prox         float64 `toml:"prox,omitempty"`           // μ of FedProx; 0: none
}

// LRSchedule is the members' learning rate by the run's step: one of the tables.
type LRSchedule struct {
	Constant *Constant `toml:"Constant,omitempty"`
	Linear   *Decay    `toml:"Linear,omitempty"`
	Cosine   *Decay    `toml:"Cosine,omitempty"`
}

// Constant is a learning rate after a warm-up.
type Constant struct {
	BaseLR       float64 `toml:"base_lr"`
	WarmupSteps  uint32  `toml:"warmup_steps,omitempty"`
	WarmupInitLR float64 `toml:"warmup_init_lr,omitempty"`
}

// Decay goes from base_lr to final_lr at total_steps, after a warm-up.
type Decay struct {
	BaseLR       float64 `toml:"base_lr"`
	WarmupSteps  uint32  `toml:"warmup_steps,omitempty"`
	WarmupInitLR float64 `toml:"warmup_init_lr,omitempty"`
	TotalSteps   uint32  `toml:"total_steps"`
	FinalLR      float64 `toml:"final_lr,omitempty"`
}

// Update is how members encode what they hand in (package run/update).
type Update struct {
	Encoding string  `toml:"encoding,omitempty"` // "float32" (default), "float16", "top-k", "sign"
	Fraction float64 `toml:"fraction,omitempty"` // that top-k keeps
}

// Aggregator is how updates become one (package run/aggregate).
type Aggregator struct {
	Method   string  `toml:"method,omitempty"`    // "mean" (default), "median", "trimmed-mean"
	Trim     float64 `toml:"trim,omitempty"`      // share left out at each end
	ClipNorm float64 `toml:"clip_norm,omitempty"` // 0: none
}

// Server is the server optimizer (package run/aggregate).
type Server struct {
	Optimizer    string  `toml:"optimizer,omitempty"` // "average" (default), "momentum", "fedadam"
	LearningRate float64 `toml:"learning_rate,omitempty"`
	Beta1        float64 `toml:"beta1,omitempty"`
	Beta2        float64 `toml:"beta2,omitempty"`
	Tau          float64 `toml:"tau,omitempty"`
}

// Data is where members' samples come from.
type Data struct {
	Location string `toml:"location"`          // "private" (default): each member has its own; "shared": all have the same
	Dataset  string `toml:"dataset,omitempty"` // CID of the shared data set
}

// Bounded reports whether a bound keeps one update from moving the model as far as it
// likes: max_norm, clip_norm, or a method that leaves out extremes.
func (f File) Bounded() bool {
	a := f.Options()
	return f.Config.MaxNorm > 0 || a.ClipNorm > 0 || a.Method == aggregate.Median || a.Method == aggregate.TrimmedMean
}

// Verification is that of the run.
func (c Config) verification() run.Verification {
	if c.Verification == run.Vote.String() {
		return run.Vote
	}
	return run.Witness
}

// Settings are what the program needs of the file.
func (f File) Settings() run.Settings {
	c := f.Config
	s := func(n int64) time.Duration { return time.Duration(min(max(n, -1), 1<<32)) * time.Second }
	return run.Settings{
		WarmupTime: s(c.WarmupTime), CooldownTime: s(c.CooldownTime), RoundsPerEpoch: c.RoundsPerEpoch, EpochTime: s(c.EpochTime),
		MaxRoundTrainTime: s(c.MaxRoundTrainTime), RoundWitnessTime: s(c.RoundWitnessTime), MinClients: c.MinClients, InitMinClients: c.InitMinClients,
		WitnessNodes: c.WitnessNodes, VerificationPercent: c.VerificationPercent, GlobalBatchSizeStart: c.GlobalBatchSizeStart,
		GlobalBatchSizeEnd: c.GlobalBatchSizeEnd, GlobalBatchSizeWarmupTokens: c.GlobalBatchSizeWarmupTokens, TotalSteps: c.TotalSteps,
		WaitingForMembersExtraTime: s(c.WaitingForMembersExtraTime), Voters: c.Voters, MinStake: c.MinStake, SlashBps: c.SlashBps,
		MaxMissed: c.MaxMissed, PruneAfter: s(c.PruneAfter), RunTime: s(c.RunTime),
	}
}
