// Package nn runs neural networks that were described by PyTorch: layers with
// torch.nn's names, arguments, weight names and meaning, over spago's
// parameters and operators.
//
// A network is a list of layers ([Spec]) and its weights; [New] checks one
// against the other and [Net.Forward] runs it. For training, [Trainer] wraps
// the whole network as one spago operator over a mini-batch, so that a step has
// the same bits whatever the number of threads.
package nn
