package huggingface

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/internal/regular"
	"github.com/decloud-sdk/decloud-go/storage"
)

// EnvFile is the name of the file that [FromEnvironment] reads.
const EnvFile = ".env"

// maxEnv is the largest file of settings that is read, in bytes.
const maxEnv = 64 << 10

// FromEnvironment returns options with the token of HF_TOKEN and the endpoint of
// HF_ENDPOINT, as the hub's own tools read them from the environment, which is getenv:
// [os.Getenv], usually. Where the environment has no HF_TOKEN, both are looked for in
// the file .env in dir, "" for the working directory, and nowhere else; what the
// environment says comes first. (Where it has a token, no file says where that is
// sent.) A file with a token that others than its owner may read is refused. No token
// is no error: public data sets can be read without.
func FromEnvironment(getenv func(string) string, dir string) (Options, error) {
	path := filepath.Join(dir, EnvFile)
	token, endpoint := strings.TrimSpace(getenv("HF_TOKEN")), strings.TrimSpace(getenv("HF_ENDPOINT"))
	if token == "" {
		file, err := readEnv(path)
		if err != nil {
			return Options{}, err
		}
		token = file["HF_TOKEN"]
		if endpoint == "" {
			endpoint = file["HF_ENDPOINT"]
		}
	}
	return Options{Token: storage.NewSecret(token), Endpoint: endpoint}, nil
}

// readEnv reads a file of settings; one that is not there has none.
func readEnv(path string) (map[string]string, error) {
	f, info, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("huggingface: %w", err)
	}
	defer f.Close()
	text, err := regular.ReadAll(f, path, info, maxEnv)
	if err != nil {
		return nil, fmt.Errorf("huggingface: %w", err)
	}
	values, err := parseEnv(string(text))
	if err != nil {
		return nil, fmt.Errorf("huggingface: %s, %w", path, err)
	}
	if loose := info.Mode().Perm() & 0o077; values["HF_TOKEN"] != "" && loose != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("huggingface: others may read the token in %s (mode %04o): run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return values, nil
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// parseEnv parses lines of NAME=value, maybe with "export" before and quotes around
// the value, empty lines, and comments, which begin a line or follow a space. There
// are no escapes, no references and no values of several lines: what looks like one
// is refused rather than read as something else. Errors name the line and show no
// value, which may be a secret.
func parseEnv(text string) (map[string]string, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not UTF-8")
	}
	values := map[string]string{}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		number++
		name, value, err := parseEnvLine(strings.TrimSpace(line))
		if err == nil && name != "" {
			if _, again := values[name]; again {
				err = fmt.Errorf("%s is set twice: remove one", name)
			}
			values[name] = value
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return values, nil
}

// parseEnvLine returns the name "" for a line without a setting.
func parseEnvLine(line string) (name, value string, err error) {
	if line == "" || line[0] == '#' {
		return "", "", nil
	}
	name, value, ok := strings.Cut(line, "=")
	if rest, exported := strings.CutPrefix(name, "export "); exported {
		name = rest
	}
	if name = strings.TrimSpace(name); !ok || !envName.MatchString(name) {
		return "", "", errors.New("want NAME=value")
	}
	value, err = unquote(strings.TrimSpace(value))
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", name, err)
	}
	return name, value, nil
}

// unquote removes quotes and a comment.
func unquote(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	rest := ""
	if quote := value[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(value[1:], quote)
		if end < 0 {
			return "", errors.New("the closing quote is missing: a value is one line")
		}
		value, rest = value[1:1+end], strings.TrimSpace(value[2+end:])
	} else if i := strings.IndexAny(value, " \t"); i >= 0 {
		value, rest = value[:i], strings.TrimSpace(value[i:])
	}
	switch {
	case rest != "" && rest[0] != '#':
		return "", errors.New("more text after the value: put quotes around a value with spaces")
	case strings.ContainsAny(value, "\\$`\"'"):
		return "", errors.New(`escapes, references and quotes within a value (\ $ ` + "` \" '" + `) are not read: write the value itself`)
	case strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "", errors.New("a control character")
	}
	return value, nil
}
