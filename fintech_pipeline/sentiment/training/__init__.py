"""How the local model is trained; scikit-learn is imported here and nowhere else."""
