package app

import (
	"regexp"
	"strings"
	"time"
)

// fields are the SDK's fields that its messages name, with what they are called here:
// a flag, a setting or a command; "": nothing, the user has no part in it.
var fields = map[string]string{
	"BuildOptions.Dataset": "--dataset", "BuildOptions.Holdout": "--holdout", "BuildOptions.Limit": "the setting embedding_limit", "BuildOptions.Task": "--task",
	"Config.CacheBytes": "the setting cache_gb", "Config.CheckTimeout": "the setting check_timeout", "Config.Data": "your data sets (dataset set NAME PATH)",
	"Config.Fetchers": "the settings gateways, car_dir or kubo_url", "Config.Insecure": "the setting plain_http", "Config.MaxData": "",
	"Config.MaxResponse": "", "Config.MaxStake": "--max-stake", "Config.Memory": "the setting memory", "Config.Poll": "the setting poll_interval",
	"Config.Program": "the setting program_id", "Config.Pushers": "the setting car_dir, kubo_url, hf_repo or pinata_jwt",
	"Config.ScoreTimeout": "the setting score_timeout", "Config.Signer": "the setting keypair_path", "Config.Submit": "the setting submit",
	"Config.TestEmbeddings": "the setting test_embeddings", "Config.TrainTimeout": "the setting train_timeout", "Limits.Weights": "", "ONNXOptions.Output": "--logits",
	"Options.Categorical": "--categorical", "Options.Channels": "--channels", "Options.Classes": "--classes", "Options.Columns": "--columns",
	"Options.Decimal": "--decimal", "Options.EXIF": "--exif", "Options.Header": "--header", "Options.Ignore": "--ignore", "Options.Label": "--label",
	"Options.Missing": "--missing", "Options.PlainHTTP": "the setting plain_http", "Options.Rename": "--rename", "Options.Resize": "--resize",
	"Options.Scale": "--scale", "Options.Separator": "--sep", "Options.Text": "--text", "Options.Transpose": "--transpose", "Options.X": "--x",
	"Options.Y": "--y", "Policy.AtALoss": "the setting at_a_loss", "Policy.Holdouts": "the setting holdouts", "Policy.MaxBond": "the setting max_bond",
	"Policy.MaxReward": "the setting max_reward", "Policy.MaxStakeAtRisk": "the setting max_stake_at_risk", "Policy.MinQuorum": "the setting min_quorum",
	"Policy.MinReward": "the setting min_reward", "Policy.Terms": "the setting terms", "Preprocessing.Classes": "--classes", "Preprocessing.Shape": "--shape",
	"Privacy.Releases": "the setting privacy_releases", "PyTorchOptions.InOrder": "--in-order", "PyTorchOptions.Key": "--key",
	"PyTorchOptions.Layers": "--layers", "SplitOptions.FirstLayer": "--first-layer",
}

// fieldName finds fields in a message, with the parentheses that one is alone in.
var fieldName = regexp.MustCompile(` \((?:[a-z]+\.)?([A-Z]\w*(?:\.[A-Z]\w*)+)\)|\b(?:[a-z]+\.)?([A-Z]\w*(?:\.[A-Z]\w*)+)\b`)

// library finds where a message says which of the SDK's packages it is from.
var library = regexp.MustCompile(`(^|: |\n|\()(?:(?:chain|dataset|decloud|gateway|huggingface|kubo|lighthouse|member|packagefmt|pinata|pinning|rating|` +
	`reward|round|run|storage|submission|tokenizer|trainer|update|validator): )+`)

// inWords puts a message of the SDK's into the words of this app: without the names of
// packages, and with those of flags and settings in place of the fields that they fill in.
// In parentheses a field explains the words before it: what is named there already, or is
// nothing here, is left out.
func inWords(text string) string {
	text = library.ReplaceAllString(text, "$1")
	var b strings.Builder
	done := 0
	for _, at := range fieldName.FindAllStringSubmatchIndex(text, -1) {
		alone := at[2] >= 0
		name := text[max(at[2], at[4]):max(at[3], at[5])]
		word, known := fields[name]
		if !known || word == "" && !alone {
			continue
		}
		b.WriteString(text[done:at[0]])
		switch {
		case !alone:
			b.WriteString(word)
		case word != "" && !strings.Contains(text[:at[0]], word):
			b.WriteString(" (" + word + ")")
		}
		done = at[1]
	}
	return b.String() + text[done:]
}

// Words is an error of the SDK's in the words of this app, for where it is told and is no failure.
func Words(err error) string {
	return inWords(err.Error())
}

// asFlags is an error in the words of this app, for where it is part of another text.
func asFlags(err error) error {
	if err == nil || inWords(err.Error()) == err.Error() {
		return err
	}
	return flagsError{err}
}

type flagsError struct{ error }

func (e flagsError) Error() string { return inWords(e.error.Error()) }

func (e flagsError) Unwrap() error { return e.error }

// Duration is a time without the parts that are zero: 20m in place of 20m0s.
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
