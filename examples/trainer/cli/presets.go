package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

// preset is a named group of settings, as the kit has them.
type preset struct {
	about      string
	datasets   app.Names
	minReward  app.SOL
	maxBatches int
}

var presets = map[string]preset{
	"image-all":   {"all image data sets", app.Names{"cifar10", "cifar100", "mnist", "fashionmnist", "emnist", "kmnist", "svhn"}, 0, 0},
	"image-small": {"fast image training", app.Names{"mnist", "fashionmnist", "cifar10"}, 0, 0},
	"text-all":    {"text classification", app.Names{"imdb", "sst2", "agnews"}, 0, 0},
	"cifar-only":  {"CIFAR", app.Names{"cifar10", "cifar100"}, 0, 0},
	"mnist-only":  {"like MNIST", app.Names{"mnist", "fashionmnist", "emnist", "kmnist"}, 0, 0},
	"high-reward": {"high rewards only", app.Names{}, 100_000_000, 0},
	"quick-test":  {"quick testing", app.Names{"cifar10", "mnist"}, 0, 50},
}

var presetNames = []string{"image-all", "image-small", "text-all", "cifar-only", "mnist-only", "high-reward", "quick-test"}

func aboutPreset(name string) string {
	p := presets[name]
	text := p.about + ": " + orAny(p.datasets)
	if p.minReward > 0 {
		text += fmt.Sprintf(", %s SOL at least", p.minReward.String())
	}
	if p.maxBatches > 0 {
		text += fmt.Sprintf(", %d batches at most", p.maxBatches)
	}
	return text
}

// applyPreset sets what a preset says, and takes back what another one may have
// set.
func applyPreset(c app.Config, name string) error {
	p, ok := presets[strings.ToLower(name)]
	if !ok {
		return app.Usagef("--preset: no such preset%s; the presets are %s", app.Meant(name, presetNames), strings.Join(presetNames, ", "))
	}
	cfg := c.(*config)
	cfg.Datasets, cfg.MinReward, cfg.MaxBatches = slices.Clone(p.datasets), p.minReward, p.maxBatches
	return nil
}

// presetOf names the preset that the settings are, "none" if they are none.
func presetOf(cfg *config) string {
	for _, name := range presetNames {
		p := presets[name]
		if slices.Equal(p.datasets, cfg.Datasets) && p.minReward == cfg.MinReward && p.maxBatches == cfg.MaxBatches {
			return name
		}
	}
	return "none"
}

func orAny(names app.Names) string {
	if len(names) == 0 {
		return "any"
	}
	return strings.Join(names, ", ")
}
