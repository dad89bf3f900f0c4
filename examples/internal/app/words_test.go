package app

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the SDK's messages name is said in the app's words, once.
func TestWordsOfTheApp(t *testing.T) {
	for text, want := range map[string]string{
		"raise Config.Memory, or set Options.PlainHTTP":                      "raise the setting memory, or set the setting plain_http",
		"name the outputs with --classes (Preprocessing.Classes)":            "name the outputs with --classes",
		"readers take at most 5 (Limits.Weights): cut":                       "readers take at most 5: cut",
		"say which (Options.Text)":                                           "say which (--text)",
		"the text is another (Options.Text, Options.Label)":                  "the text is another (--text, --label)",
		"set packagefmt.BuildOptions.Dataset":                                "set --dataset",
		"chain: the node is gone":                                            "the node is gone",
		"round 1: profile: chain: rpc: dataset: malformed: line 2\nround: x": "round 1: profile: rpc: malformed: line 2\nx",
		"trainer: decloud: chain: refused (storage: no such file)":           "refused (no such file)",
		"--dataset: none; my dataset: one; data.chain: two; 4 run: three":    "--dataset: none; my dataset: one; data.chain: two; 4 run: three",
		"(it needs Config.MaxData, and \"My.File\" (a.Model.Name) is one)":   "(it needs Config.MaxData, and \"My.File\" (a.Model.Name) is one)",
	} {
		require.Equal(t, want, inWords(text))
	}
	err := errors.New("say which (Options.Text)")
	require.ErrorIs(t, asFlags(err), err)
	require.EqualError(t, asFlags(err), "say which (--text)")
}

func TestDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{"0s": 0, "10s": 10 * time.Second, "20m": 20 * time.Minute, "1m30s": 90 * time.Second, "1h1m": 61 * time.Minute,
		"12h": 12 * time.Hour, "10h0m10s": 10*time.Hour + 10*time.Second, "30m": 30 * time.Minute} {
		require.Equal(t, want, Duration(d))
	}
}

// notSaid are names in messages that no user of an app gets: about mistakes of programs,
// about the run app's and contests' own fields, and no fields of ours.
var notSaid = regexp.MustCompile(`^(Addresses|AutoConf|AutoTLS|Discovery|Routing|Catalog|Client|Contest|ContestConfig|Deployment|LaunchOptions|RunOptions|Pace|Settings|` +
	`Config\.(Chain|Chain\.Signer|Dir|Files|Key|NoFetchBack|OnProgress|Profile|Rounds|RunProgram|Veto)|Options\.(JWT|Key|Replace|SecretKey|Token)|Model\.Layered|Policy\.Task|Privacy\.Delta)\b`)

// Every field that a message of the SDK's names has a word, or is in notSaid.
func TestEveryFieldHasAWord(t *testing.T) {
	root, named := os.DirFS("../../.."), 0
	var without []string
	for _, dir := range []string{"packagefmt", "trainer", "validator", "dataset", "round", "run", "storage", "chain", "internal/onnx"} {
		require.NoError(t, fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() == "testdata" || d.Name() == "bindings" || d.Name() == "measure" || d.Name() == "parquet" {
				return fs.SkipDir
			}
			if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			src, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				for _, found := range fieldName.FindAllStringSubmatch(text, -1) {
					field := found[1] + found[2]
					if _, ok := fields[field]; !ok && !notSaid.MatchString(field) {
						without = append(without, name+": "+text)
					}
					named++
				}
				return true
			})
			return nil
		}))
	}
	require.Empty(t, without)
	require.Greater(t, named, 50)
}
