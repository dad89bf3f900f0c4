package tokenizer

// piece is a part of the text: an added token, or what the model is asked for.
type piece struct {
	s string
	// id of an added token, or notToken.
	id int32
	// atStart: the piece begins where the input began (for Metaspace's "first").
	atStart bool
	// bytes: the model reads s byte by byte, in GPT-2's alphabet.
	bytes bool
}

const notToken = -1

// part returns the piece from byte i to j.
func (p piece) part(i, j int) piece {
	return piece{s: p.s[i:j], id: notToken, atStart: p.atStart && i == 0, bytes: p.bytes}
}

// behavior says what becomes of the delimiters of a split.
type behavior int

const (
	removed behavior = iota
	isolated
	contiguous
	mergedWithPrevious
	mergedWithNext
)

var behaviors = map[string]behavior{"Removed": removed, "Isolated": isolated, "Contiguous": contiguous,
	"MergedWithPrevious": mergedWithPrevious, "MergedWithNext": mergedWithNext}

func parseBehavior(f fields, dst *behavior) error {
	var name string
	if err := f.get("behavior", &name); err != nil || name == "" {
		return err
	}
	b, ok := behaviors[name]
	if !ok {
		return formatf("behavior %.40q", name)
	}
	*dst = b
	return nil
}

// splitter cuts pieces at matches that are found from left to right.
type splitter struct {
	dst      []piece
	p        piece
	behavior behavior
	invert   bool // what lies between the matches is the delimiter
	done     int  // end of what was seen
	match    bool // whether that was a match
	start    int  // start of the part that is not cut off yet
}

// at adds a match from byte i to j.
func (s *splitter) at(i, j int) {
	if s.done < i {
		s.span(i, s.invert)
	}
	s.span(j, !s.invert)
}

// end adds what is behind the last match and returns the pieces.
func (s *splitter) end() []piece {
	if s.done < len(s.p.s) {
		s.span(len(s.p.s), s.invert)
	}
	s.cut(s.done)
	return s.dst
}

// span goes on to byte j. Whether a cut precedes it depends on what it and the
// span before it are.
func (s *splitter) span(j int, match bool) {
	keep := false
	switch s.behavior {
	case contiguous:
		keep = match == s.match
	case mergedWithPrevious:
		keep = match && !s.match
	case mergedWithNext:
		keep = s.match && !match
	}
	if !keep {
		s.cut(s.done)
	}
	if s.behavior == removed && match {
		s.start = j
	}
	s.done, s.match = j, match
}

func (s *splitter) cut(i int) {
	if s.start < i {
		s.dst = append(s.dst, s.p.part(s.start, i))
	}
	s.start = i
}

// splitRunes cuts a piece at every character for which is holds.
func splitRunes(dst []piece, p piece, b behavior, is func(rune) bool) []piece {
	s := splitter{dst: dst, p: p, behavior: b}
	for i, r := range p.s {
		if is(r) {
			s.at(i, i+runeLen(p.s, i))
		}
	}
	return s.end()
}
