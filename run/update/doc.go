// Package update is what a member of a run hands in for a round: the change of
// the model's weights, encoded, in a directory that names what it is for.
//
//	config.json         program, run, epoch, round, member, encoding
//	update.safetensors  the change, in that encoding
//
// FORMAT.md is the format, for members in other languages. A [Change] is trained head minus model, weight by weight. [Compress] encodes it
// and remembers what the encoding left out (error feedback); [New] makes the
// files; [Read] reads those of a stranger, bounded by the size of the model.
//
// # Encodings
//
// Bytes for a tensor of n values, without names: [Float32] 4n; [Float16] 2n;
// [TopK] of a fraction f about 3.3·f·n (a gap of one or two bytes and a half for
// each value that is kept); [Sign] n/8. Running statistics, which no loss learns,
// are always float32.
//
// # The same bits everywhere
//
// Encoding and decoding give the same bytes on every machine: nothing here calls
// math.Exp, Log or Pow, and every product is rounded before it is added.
//
// # What an update gives away
//
// Everybody can read every update: there is no secure aggregation. A member who
// minds clips its change and adds noise before it is encoded
// (trainer/fit.Privacy).
package update
