package huggingface

// AtMost bounds how many entries of a listing are looked at.
func (r *Revision) AtMost(entries int) { r.hub.most = entries }
