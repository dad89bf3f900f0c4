package lora

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// The files of an adapter, as PEFT names them.
const (
	ConfigFile  = "adapter_config.json"
	WeightsFile = "adapter_model.safetensors"
)

// prefix is what PEFT writes before the paths.
const prefix = "base_model.model."

// maxConfig bounds the configuration file, in bytes.
const maxConfig = 1 << 20

// configJSON is adapter_config.json as far as it matters here.
type configJSON struct {
	PeftType     string             `json:"peft_type"`
	TaskType     any                `json:"task_type"`
	BaseModel    any                `json:"base_model_name_or_path"`
	Rank         int                `json:"r"`
	Alpha        float64            `json:"lora_alpha"`
	Dropout      float64            `json:"lora_dropout"`
	Targets      any                `json:"target_modules"`
	RSLoRA       bool               `json:"use_rslora"`
	RankPattern  map[string]int     `json:"rank_pattern"`
	AlphaPattern map[string]float64 `json:"alpha_pattern"`
	Bias         string             `json:"bias"`
	Init         any                `json:"init_lora_weights"`
	Inference    bool               `json:"inference_mode"`

	// What changes the computation and is not implemented must have these values.
	FanInFanOut bool `json:"fan_in_fan_out"`
	DoRA        bool `json:"use_dora"`
	LoraBias    bool `json:"lora_bias"`
	Save        any  `json:"modules_to_save"`
	Replication any  `json:"layer_replication"`
	Parameters  any  `json:"target_parameters,omitempty"`
	Tokens      any  `json:"trainable_token_indices,omitempty"`
}

// parseConfig reads adapter_config.json. The targets are not looked at: the weights say where the
// adapters are.
func parseConfig(b []byte) (Config, error) {
	file := configJSON{Rank: 8, Alpha: 8, Bias: "none"} // PEFT's defaults
	if err := json.Unmarshal(b, &file); err != nil {
		return Config{}, fmt.Errorf("%w: %s: %w", ErrInvalid, ConfigFile, err)
	}
	if file.PeftType != "LORA" {
		return Config{}, fmt.Errorf("%w: %s: peft_type %.60q: only LORA is known", ErrUnsupported, ConfigFile, file.PeftType)
	}
	option := file.unsupported()
	if option == "" {
		option = unknown(b)
	}
	if option != "" {
		return Config{}, fmt.Errorf("%w: %s: %s: train the adapter without it", ErrUnsupported, ConfigFile, option)
	}
	if init, ok := file.Init.(string); ok && !slices.Contains(plainInits, strings.ToLower(init)) {
		return Config{}, fmt.Errorf("%w: %s: init_lora_weights %.60q changes the model's own weights, too: save the adapter with path_initial_model_for_weight_conversion, which makes a plain one of it", ErrUnsupported, ConfigFile, init)
	}
	return Config{
		Rank: file.Rank, Alpha: file.Alpha, RSLoRA: file.RSLoRA, Dropout: file.Dropout,
		RankPattern: file.RankPattern, AlphaPattern: file.AlphaPattern,
	}, nil
}

// unsupported names an option that changes the computation in a way that is not
// implemented, or is empty.
func (c configJSON) unsupported() string {
	for _, v := range []struct {
		name string
		set  bool
	}{
		{"fan_in_fan_out", c.FanInFanOut}, {"use_dora", c.DoRA}, {"lora_bias", c.LoraBias}, {"bias " + c.Bias, c.Bias != "none"},
		{"modules_to_save", isSet(c.Save)}, {"layer_replication", isSet(c.Replication)},
		{"target_parameters", isSet(c.Parameters)}, {"trainable_token_indices", isSet(c.Tokens)},
	} {
		if v.set {
			return fmt.Sprintf("%.80s", v.name)
		}
	}
	return ""
}

// plainInits are the ways to begin, beside true and false, that leave the model's own weights as they
// are. Others (pissa, olora, corda, loftq) take a part out of them, so that what the adapter
// is added to is not the model that it is read with.
var plainInits = []string{"gaussian", "eva", "orthogonal"}

// idle are PEFT's fields that change nothing about what a trained adapter computes, and that can be
// objects, lists or true.
var idle = []string{
	"auto_mapping", "exclude_modules", "layers_to_transform", "layers_pattern", "megatron_config", "loftq_config", "eva_config",
	"corda_config", "lora_ga_config",
}

// unknown names an option that this package does not know and that is on, or is empty: a later PEFT's, which may
// change the computation. Options that are off are null, false or empty there; numbers and texts say how
// one that is on works.
func unknown(b []byte) string {
	fields := map[string]any{}
	if json.Unmarshal(b, &fields) != nil {
		return "" // it was read before
	}
	known := reflect.TypeFor[configJSON]()
	for i := range known.NumField() {
		name, _, _ := strings.Cut(known.Field(i).Tag.Get("json"), ",")
		delete(fields, name)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(idle, name) && isOn(fields[name]) {
			return fmt.Sprintf("the option %.60q, which is not known here", name)
		}
	}
	return ""
}

// isOn reports whether a value is true, or a list or an object that is not empty.
func isOn(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// isSet reports whether a list is there and not empty.
func isSet(v any) bool {
	list, ok := v.([]any)
	return v != nil && !(ok && len(list) == 0)
}

// formatConfig writes adapter_config.json; paths are those of the adapters.
func formatConfig(c Config, paths []string) ([]byte, error) {
	file := configJSON{
		PeftType: "LORA", Rank: c.Rank, Alpha: c.Alpha, Dropout: c.Dropout, Targets: paths, RSLoRA: c.RSLoRA,
		RankPattern: orEmpty(c.RankPattern), AlphaPattern: orEmpty(c.AlphaPattern), Bias: "none", Init: true, Inference: true,
	}
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	return append(b, '\n'), nil
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// values is how many numbers all tensors have together.
func values(shapes [][]int) int64 {
	total := int64(0)
	for _, shape := range shapes {
		n := int64(1)
		for _, d := range shape {
			n *= int64(d)
		}
		total = min(total+n, math.MaxInt32*8)
	}
	return total
}
