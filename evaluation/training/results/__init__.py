"""Result files of trainings."""
