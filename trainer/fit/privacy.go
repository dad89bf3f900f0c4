package fit

import (
	cryptorand "crypto/rand"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// Privacy releases a head with client-level differential privacy: the update
// (trained head minus base head, all learnable parameters as one vector) is
// scaled down to MaxNorm if it is longer, and every parameter gets Gaussian noise
// of standard deviation NoiseMultiplier × MaxNorm.
//
// What that promises: the (ε, δ) of [PrivacyBudget] bounds what anybody can learn
// from the released head about the choice between two cases: this trainer's whole
// data set went into it, or none (base head plus noise). Exchanging the data set for another one
// moves the update by up to 2 × MaxNorm, so its ε is that of half the
// NoiseMultiplier. BatchNorm's running statistics are those of the base head,
// since the clip does not bound them.
//
// What it does not cover: everything else that the trainer shows, such as which
// rounds it joins and when, under which wallet, that a training failed, losses,
// accuracies and curves in [Result], checkpoints (which hold the head without
// noise), and options that were chosen by trying them on the same samples. The
// noise is drawn as float64 and rounded with the weights to float32; it is not
// hardened against reading the lowest bits (Mironov, CCS 2012).
//
// The noise is per parameter, so a larger head gets more of it: its norm is about
// NoiseMultiplier × MaxNorm × √parameters.
type Privacy struct {
	// MaxNorm is C, the Euclidean norm that the update is clipped to; more than 0.
	MaxNorm float64
	// NoiseMultiplier is z, the noise's standard deviation in units of MaxNorm;
	// more than 0.
	NoiseMultiplier float64
	// Delta is the δ that ε is given for. Default 1e-5.
	Delta float64
	// Releases is how many heads trained on any of these samples are released in
	// total, this one included, each with this noise: ε is for all of them
	// together. Default 1.
	Releases int
	// Random is where the noise's seed of 32 bytes is read from. Default
	// crypto/rand. Whoever can guess the seed can subtract the noise, so
	// Options.Seed is not used for it; set Random in tests only.
	Random io.Reader
}

// PrivacyBudget is the most that a release with [Privacy] reveals.
type PrivacyBudget struct {
	Epsilon  float64 // ε, over 0: the smaller, the less is revealed
	Delta    float64 // the δ that Epsilon is given for, over 0 and under 1
	Releases int     // heads that Epsilon and Delta cover together
}

// maxPrivacy bounds norms and multipliers, so that no weight leaves float32.
const maxPrivacy = 1e6

func (p *Privacy) check() error {
	if p == nil {
		return nil
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"MaxNorm", p.MaxNorm}, {"NoiseMultiplier", p.NoiseMultiplier}} {
		if !(v.value > 0 && v.value <= maxPrivacy) { // NaN too
			return fmt.Errorf("%w: Privacy.%s is %v, want more than 0, to %v", ErrOptions, v.name, v.value, maxPrivacy)
		}
	}
	if !(p.Delta >= 0 && p.Delta < 1) {
		return fmt.Errorf("%w: Privacy.Delta is %v, want 0 (for the default) to less than 1", ErrOptions, p.Delta)
	}
	if p.Releases < 0 {
		return fmt.Errorf("%w: Privacy.Releases is %d, want at least 1, or 0 for the default", ErrOptions, p.Releases)
	}
	return nil
}

// budget is the most that the release reveals.
func (p *Privacy) budget() PrivacyBudget {
	b := PrivacyBudget{Delta: p.Delta, Releases: max(p.Releases, 1)}
	if b.Delta == 0 {
		b.Delta = 1e-5
	}
	b.Epsilon = GaussianEpsilon(p.NoiseMultiplier, b.Delta, b.Releases)
	return b
}

// release clips head as an update of base and adds the noise, in place. It
// returns the norm of the update before clipping.
func (p *Privacy) release(head, base packagefmt.Network) (norm float64, err error) {
	net, err := nn.NewGraph(nn.Nodes(base.Layers, base.Inputs, base.Tied), base.Weights) // a resumed training has not checked base
	if err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	base.Weights = net.Weights()
	source := p.Random
	if source == nil {
		source = cryptorand.Reader
	}
	var seed [32]byte
	if _, err := io.ReadFull(source, seed[:]); err != nil {
		return 0, fmt.Errorf("random numbers for the noise: %w", err)
	}
	rng := rand.New(rand.NewChaCha8(seed))
	norm = updateNorm(head, base)
	scale := min(1, p.MaxNorm/max(norm, math.SmallestNonzeroFloat64))
	deviation := p.NoiseMultiplier * p.MaxNorm
	for _, name := range sortedNames(head.Weights) {
		to, from := head.Weights[name].Data, base.Weights[name].Data
		if !packagefmt.Learned(name) {
			copy(to, from)
			continue
		}
		for i, w := range from {
			update := scale * (float64(to[i]) - float64(w))
			to[i] = float32(float64(w) + update + deviation*rng.NormFloat64())
		}
	}
	if _, err := nn.NewGraph(nn.Nodes(head.Layers, head.Inputs, head.Tied), head.Weights); err != nil {
		return norm, fmt.Errorf("the head with noise: %w", err)
	}
	return norm, nil
}

// updateNorm is the Euclidean norm of head − base over the learnable parameters.
func updateNorm(head, base packagefmt.Network) float64 {
	squares := 0.0
	for _, name := range sortedNames(head.Weights) {
		if !packagefmt.Learned(name) {
			continue
		}
		from := base.Weights[name].Data
		for i, v := range head.Weights[name].Data {
			d := float64(v) - float64(from[i])
			squares += d * d
		}
	}
	return math.Sqrt(squares)
}
