package tokenizer

import "slices"

// maxLength bounds the tokens of one text.
const maxLength = 1 << 20

// truncation shortens texts to a number of tokens, special ones included.
type truncation struct {
	length   int
	left     bool // remove tokens at the start
	strategy string
}

func parseTruncation(f fields) (*truncation, error) {
	if !f.has("truncation") {
		return nil, nil
	}
	raw, err := parseFields(f["truncation"], "truncation")
	if err != nil {
		return nil, err
	}
	t, direction, stride := &truncation{}, "Right", 0
	for _, err := range []error{raw.want("max_length", &t.length), raw.want("strategy", &t.strategy),
		raw.want("stride", &stride), raw.get("direction", &direction)} {
		if err != nil {
			return nil, err
		}
	}
	t.left = direction == "Left"
	switch {
	case t.length < 1 || t.length > maxLength:
		return nil, formatf("truncation: max_length %d, want 1 to %d", t.length, maxLength)
	case direction != "Left" && direction != "Right":
		return nil, formatf("truncation: direction %.40q", direction)
	case t.strategy != "LongestFirst" && t.strategy != "OnlyFirst" && t.strategy != "OnlySecond":
		return nil, formatf("truncation: strategy %.40q", t.strategy)
	case stride < 0 || stride >= t.length:
		return nil, formatf("truncation: stride %d for max_length %d", stride, t.length)
	}
	return t, nil
}

// cut removes all but n ids.
func (t *truncation) cut(ids []int32, n int) []int32 {
	switch {
	case n >= len(ids):
		return ids
	case t.left:
		return ids[len(ids)-n:]
	}
	return ids[:n]
}

// apply shortens one text, or two, to n ids together.
func (t *truncation) apply(texts [][]int32, n int) ([][]int32, error) {
	total := 0
	for _, ids := range texts {
		total += len(ids)
	}
	if total <= n {
		return texts, nil
	}
	switch {
	case n == 0:
		for i := range texts {
			texts[i] = nil
		}
	case t.strategy == "LongestFirst" && len(texts) == 1:
		texts[0] = t.cut(texts[0], n)
	case t.strategy == "LongestFirst":
		a, b := share(len(texts[0]), len(texts[1]), n)
		texts[0], texts[1] = t.cut(texts[0], a), t.cut(texts[1], b)
	default:
		k := 0
		if t.strategy == "OnlySecond" {
			k = 1
		}
		if k >= len(texts) {
			return nil, formatf("truncation: OnlySecond, but there is one text")
		}
		keep := len(texts[k]) - (total - n)
		if keep <= 0 {
			return nil, formatf("truncation: %s: the other text alone is too long for max_length %d", t.strategy, t.length)
		}
		texts[k] = t.cut(texts[k], keep)
	}
	return texts, nil
}

// share divides n ids between two texts: only the longer one gives, until both
// are equal.
func share(a, b, n int) (int, int) {
	short := min(a, b)
	long := short
	if short <= n {
		long = max(short, n-short)
	}
	if short+long > n {
		short = n / 2
		long = short + n%2
	}
	if a > b {
		return long, short
	}
	return short, long
}

// padding lengthens what is too short.
type padding struct {
	fixed    int // 0: to the multiple alone
	multiple int
	left     bool
	id       int32
	kind     int32
}

func parsePadding(f fields) (*padding, error) {
	if !f.has("padding") {
		return nil, nil
	}
	raw, err := parseFields(f["padding"], "padding")
	if err != nil {
		return nil, err
	}
	p, direction := &padding{}, ""
	for _, err := range []error{raw.want("direction", &direction), raw.get("pad_to_multiple_of", &p.multiple),
		raw.want("pad_id", &p.id), raw.want("pad_type_id", &p.kind)} {
		if err != nil {
			return nil, err
		}
	}
	p.left = direction == "Left"
	if direction != "Left" && direction != "Right" {
		return nil, formatf("padding: direction %.40q", direction)
	}
	var name string
	if raw.get("strategy", &name) != nil { // {"Fixed": 128}
		fixed, err := parseFields(raw["strategy"], "padding")
		if err != nil {
			return nil, err
		}
		if err := fixed.want("Fixed", &p.fixed); err != nil {
			return nil, err
		}
	} else if name != "BatchLongest" {
		return nil, formatf("padding: strategy %.40q", name)
	}
	if p.fixed < 0 || p.fixed > maxLength || p.multiple < 0 || p.multiple > maxLength || p.id < 0 || p.id >= maxID {
		return nil, formatf("padding: length %d, multiple of %d, id %d", p.fixed, p.multiple, p.id)
	}
	return p, nil
}

// apply pads an encoding.
func (p *padding) apply(e Encoding) Encoding {
	n := p.target(len(e.IDs))
	missing := n - len(e.IDs)
	if missing <= 0 {
		return e
	}
	fill := func(values []int32, v int32) []int32 {
		pad := slices.Repeat([]int32{v}, missing)
		if p.left {
			return append(pad, values...)
		}
		return append(slices.Clip(values), pad...)
	}
	return Encoding{fill(e.IDs, p.id), fill(e.TypeIDs, p.kind), fill(e.Mask, 0)}
}

// target is the length that is padded to.
func (p *padding) target(n int) int {
	if p.fixed > 0 {
		n = p.fixed
	}
	if p.multiple > 0 && n%p.multiple > 0 {
		n += p.multiple - n%p.multiple
	}
	return n
}
