package tokenizer

import "unicode/utf8"

// part is the beginning of a text, or its end, that has n tokens, and up to a sixteenth more. Only a few times as much
// of the text as that is tokenized.
func part(s string, n int, end bool, tokens func(string) ([]int32, error)) (string, error) {
	of := func(size int) string {
		if end {
			return s[boundary(s, len(s)-size):]
		}
		return s[:boundary(s, size)]
	}
	enough := func(size int) (bool, error) {
		ids, err := tokens(of(size))
		return len(ids) >= n, err
	}
	const perToken = 4 // bytes, about
	few, many := 0, perToken*n
	for ; many < len(s); few, many = many, 2*many {
		if ok, err := enough(many); err != nil || ok {
			if err != nil {
				return "", err
			}
			break
		}
	}
	if many = min(many, len(s)); many == len(s) {
		if ok, err := enough(many); err != nil || !ok {
			return s, err
		}
	}
	for many-few > max(1, many/16) {
		size := few + (many-few)/2
		ok, err := enough(size)
		switch {
		case err != nil:
			return "", err
		case ok:
			many = size
		default:
			few = size
		}
	}
	return of(many), nil
}

// boundary is the place of the character of which byte i is a part.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}
