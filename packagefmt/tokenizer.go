package packagefmt

import (
	"errors"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// parseTokenizer reads a tokenizer.json for texts of n token ids; 0: of any number, as conversations are tokenized.
func parseTokenizer(file []byte, n int) (*tokenizer.Tokenizer, error) {
	t, err := tokenizer.Parse(file)
	if err == nil && n > 0 {
		t, err = t.WithLength(n)
	}
	if errors.Is(err, tokenizer.ErrUnsupported) {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return t, nil
}

// parsedTokenizer is a tokenizer that was parsed, and what of.
type parsedTokenizer struct {
	file []byte
	n    int
	t    *tokenizer.Tokenizer
}

// tokens is the package's tokenizer. Where the package was checked, it is that of the check: a large one takes seconds to parse.
func (p *Package) tokens() (*tokenizer.Tokenizer, error) {
	n, was := p.Config.Preprocessing.tokens(p.Config.Task), p.parsed
	if was.t != nil && was.n == n && len(was.file) == len(p.Tokenizer) && &was.file[0] == &p.Tokenizer[0] {
		return was.t, nil
	}
	return parseTokenizer(p.Tokenizer, n)
}

// tokenizer reads the package's tokenizer if its preprocessing names one.
func (r *reader) tokenizer(p *Package) {
	if pre := p.Config.Preprocessing; pre == nil || pre.Tokenizer != TokenizerFile {
		if _, named := r.sums[TokenizerFile]; named {
			r.problem(ConfigFile, fmt.Errorf(`%w: "files" names %s, but the preprocessing does not`, ErrInvalid, TokenizerFile))
		}
		return
	}
	err := r.open(TokenizerFile, tokenizer.MaxFile, func(f io.Reader, size int64) (err error) {
		p.Tokenizer, err = readAll(f, size)
		return err
	})
	if err != nil {
		r.problem(TokenizerFile, err)
	}
}

// checkTokenizer compares the tokenizer with the preprocessing and with a
// model that starts with an embedding, which must have a row for every id.
func (p *Package) checkTokenizer(add func(string, ...any)) {
	pre := p.Config.Preprocessing
	if pre == nil || pre.Tokenizer == "" {
		if p.Tokenizer != nil {
			add("%s: %w: the preprocessing does not name %s", ConfigFile, ErrInvalid, TokenizerFile)
		}
		if p.talks() && pre != nil && pre.Check() == nil {
			p.checkVocabulary(ConfigFile, byteTokens, add)
		}
		return
	}
	if p.Config.Version < Version2 && p.Encoder == nil {
		add("%s: %w: a tokenizer in a package of version 1", ConfigFile, ErrInvalid)
		return
	}
	if pre.Check() != nil { // reported with the encoder
		return
	}
	n := pre.tokens(p.Config.Task)
	t, err := parseTokenizer(p.Tokenizer, n)
	if err != nil {
		add("%s: %w", TokenizerFile, err)
		return
	}
	p.parsed = parsedTokenizer{p.Tokenizer, n, t}
	p.checkVocabulary(TokenizerFile, t.VocabSize(), add)
}

// embeddingRows is the number of ids that the model's first layer takes; 0 if
// it is no embedding.
func (p *Package) embeddingRows() int {
	first := p.Encoder
	if p.talks() {
		first = &p.Head
	}
	if first == nil || len(first.Layers) == 0 {
		return 0
	}
	l := first.Layers[0]
	if l.Type != "Embedding" && l.Type != "EmbeddingBag" {
		return 0
	}
	rows, _ := l.Params["num_embeddings"].(float64)
	return int(rows)
}
