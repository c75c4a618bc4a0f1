"""In which numbers the products of linear layers are taken. Weights, and all that lies between, are float32."""
