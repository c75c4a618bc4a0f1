"""What models cost over the length of their rows: time of training and inference, memory. `harness bench`."""
