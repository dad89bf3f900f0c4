package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
)

// bindAudio declares the flag of what becomes of recordings.
func bindAudio(fs *flag.FlagSet, to **audio.Spec) {
	fs.Func("audio", "what becomes of recordings, `settings` as key=value with commas between: rate and samples; for log-mel spectrograms n_fft and n_mels, too, "+
		"and where they differ from torchaudio's defaults win_length, hop_length, f_min, f_max, log_offset", func(text string) error {
		spec, err := parseAudio(text)
		if err == nil {
			*to = spec
		}
		return err
	})
}

// melKeys are the settings of a spectrogram, as audio.Mel names them in JSON.
var melKeys = []string{"n_fft", "win_length", "hop_length", "n_mels", "f_min", "f_max", "log_offset"}

// parseAudio reads key=value,… with the keys of audio.Spec and audio.Mel.
func parseAudio(text string) (*audio.Spec, error) {
	all, mel := map[string]any{}, map[string]any{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%.40q: expected key=number", pair)
		case slices.Contains(melKeys, key):
			mel[key] = number
		case key == "rate" || key == "samples":
			all[key] = number
		default:
			return nil, fmt.Errorf("%.40q: expected rate, samples, %s", key, strings.Join(melKeys, ", "))
		}
	}
	if len(mel) > 0 {
		all["mel"] = mel
	}
	return audioSpec(all)
}

func audioSpec(settings map[string]any) (*audio.Spec, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	spec := &audio.Spec{}
	if err := json.Unmarshal(text, spec); err != nil {
		return nil, errors.New("expected whole numbers, except for f_min, f_max and log_offset")
	}
	if spec.Rate == 0 || spec.Samples == 0 {
		return nil, fmt.Errorf("rate and samples are needed, and there are %v", slices.Sorted(maps.Keys(settings)))
	}
	return spec, spec.Check()
}
