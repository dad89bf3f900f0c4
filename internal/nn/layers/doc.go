// Package layers has the operators that networks are made of, a file for each,
// and knows nothing of the graph that they run in.
//
// [Read] turns a [Spec] (a class of torch.nn and its arguments) into a [Plan]:
// the parameters that it needs and the operators that take them, one for most
// layers. A [Layer] computes samples lo … hi-1 of a batch; what belongs to one run
// of it is in a [State]. What only some layers can do is in capabilities.go.
//
// To add a layer: a file with its type, its init function that registers the
// class, and its methods; cases for it in ../testdata/cases.py, from which
// PyTorch makes the fixtures that it is compared with.
package layers
